/** Go's regular expressions (RE2 syntax) as JavaScript's. */

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

const cache = new Map<string, RegExp>()
const CACHE_LIMIT = 1_000

/**
 * Compiles an RE2 pattern; the result is not anchored, as with Go's MatchString. Leading `(?i)`,
 * `(?s)`, `(?m)`, POSIX
 * classes, `\z`, `\A`, `\Q..\E` and `(?P<name>` are translated. Look-around and back-references,
 * which RE2 lacks, throw a
 * SyntaxError.
 */
export function compilePattern(pattern: string): RegExp {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  const compiled = translate(pattern)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(pattern, compiled)
  return compiled
}

function translate(pattern: string): RegExp {
  if (/\(\?(?:[=!]|<[=!])/.test(pattern.replace(/\\./g, ''))) {
    throw new SyntaxError(`invalid or unsupported Perl syntax: \`${pattern}\``)
  }
  let flags = ''
  let body = pattern
  const lead = /^\(\?([ims]+)\)/.exec(body)
  if (lead !== null) {
    flags = lead[1] ?? ''
    body = body.slice(lead[0].length)
  }
  body = body
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_, text: string) =>
      text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    )
    .replace(/\[:(\^?)(\w+):\]/g, (whole, negated: string, name: string) =>
      negated === '' ? (CLASSES[name] ?? whole) : whole,
    )
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
    .replaceAll('\\pL', '\\p{L}')
    .replaceAll('\\pN', '\\p{N}')
  if (/\\[1-9]/.test(body.replace(/\\\\/g, ''))) {
    throw new SyntaxError(`invalid escape sequence in \`${pattern}\``)
  }
  return withUnicode(body, [...new Set(flags)].join(''))
}

/**
 * Unicode mode refuses needless escapes (`\-`, `\_`), which RE2 takes; those fall back to the older
 * mode.
 */
function withUnicode(body: string, flags: string): RegExp {
  try {
    return new RegExp(body, `${flags}u`)
  } catch {
    return new RegExp(body, flags)
  }
}
