/** Both languages say the same things, everything that is said is used, and nothing is said past them. */
import { expect, it } from 'vitest'
import { parse } from 'vue/compiler-sfc'
import type { Language } from '../state/preferences.ts'
import { ALL_TEXTS } from './index.ts'

const LANGUAGES: readonly Language[] = ['en', 'zh-CN']
// The sentences of diagnoses have a test of their own: their English is the API's.
const { diagnosis: _, ...areas } = ALL_TEXTS
const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const app = Object.entries(sources).filter(([file]) => !/\/areas\//.test(file))

function flatten(texts: object, prefix: string): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string'
      ? [[`${prefix}${key}`, value] as [string, string]]
      : flatten(value as object, `${prefix}${key}.`),
  )
}

function textsOf(language: Language): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(areas).flatMap(([area, texts]) => flatten(texts[language], `${area}.`)),
  )
}

const english = textsOf('en')
const chinese = textsOf('zh-CN')
const placeholders = (text = '') =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()

it('has the same keys in both languages, none of them empty', () => {
  expect([...chinese.keys()]).toEqual([...english.keys()])
  for (const language of LANGUAGES) {
    const empty = [...textsOf(language)].filter(([, text]) => text.trim() === '')
    expect(empty).toEqual([])
  }
})

it('fills a text from the same parameters in both languages', () => {
  const differing = [...english].filter(
    // A plural that English says in words need not name its number.
    ([key, text]) =>
      `${placeholders(text.split(' | ').at(-1))}` !== `${placeholders(chinese.get(key))}`,
  )
  expect(differing).toEqual([])
})

/** English is left in Chinese only where people say it so. */
const NAMES = new Set([
  ...['YAML', 'Pod', 'PNG', 'UTC', 'API', 'CPU', 'JSON', 'kubectl', 'Operator', 'Kubelet'],
])

it('leaves no English words in Chinese', () => {
  const left = [...chinese].flatMap(([key, text]) =>
    (text.replace(/\{\w+\}/g, '').match(/[A-Za-z]{2,}/g) ?? [])
      .filter((word) => !NAMES.has(word))
      .map((word) => `${key}: ${word}`),
  )
  expect(left).toEqual([])
})

const AREA = Object.keys(areas).join('|')
// In double quotes stand expressions of templates, but for the key of a text with parts.
const LITERAL = new RegExp(`(['\`]|(?<=keypath=)")((?:${AREA})(?:\\.\\w+)+)\\1`, 'g')
const COMPOSED = new RegExp(`\`((?:${AREA})\\.[^\`]*\\$\\{[^\`]*)\``, 'g')

const literals = app.flatMap(([file, source]) =>
  [...source.matchAll(LITERAL)].map(([, , key = '']) => ({ file, key })),
)
/** Keys that are put together from parts, as patterns. */
const composed = app.flatMap(([, source]) =>
  [...source.matchAll(COMPOSED)].map(([, text = '']) => {
    const pattern = text
      .split(/\$\{[^}]*\}/)
      .map((part) => part.replaceAll('.', '\\.'))
      .join('\\w+')
    return new RegExp(`^${pattern}$`)
  }),
)

it('finds every key that the app asks for', () => {
  expect(literals.length).toBeGreaterThan(300)
  const groups = new Set([...english.keys()].map((key) => key.split('.').slice(0, -1).join('.')))
  const missing = literals.filter(({ key }) => !english.has(key) && !groups.has(key))
  expect(missing).toEqual([])
  const hollow = composed.filter((pattern) => ![...english.keys()].some((key) => pattern.test(key)))
  expect(hollow).toEqual([])
})

it('has no key that nobody asks for', () => {
  const asked = new Set(literals.map(({ key }) => key))
  const unused = [...english.keys()].filter(
    (key) => !asked.has(key) && !composed.some((pattern) => pattern.test(key)),
  )
  expect(unused).toEqual([])
})

/** Words that are the same in every language: names, formats, languages in themselves. */
const SAME = /^(Sortie|YAML ↓|JSON ↓|EN|中文|English|Ctrl K|简体中文)$/
const SPOKEN: ReadonlySet<string> = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label'])

interface TemplateNode {
  readonly type: number
  readonly tag?: string
  readonly content?: unknown
  readonly children?: readonly TemplateNode[]
  readonly props?: readonly {
    readonly type: number
    readonly name: string
    readonly value?: { readonly content: string }
  }[]
}

/** Type 2 is a text, type 6 an attribute without a binding: as the compiler numbers them. */
function* wordsIn(node: TemplateNode): Generator<string> {
  if (node.type === 2 && typeof node.content === 'string') yield node.content.trim()
  for (const prop of node.props ?? []) {
    if (prop.type === 6 && SPOKEN.has(prop.name)) yield prop.value?.content ?? ''
  }
  // Commands and keys are typed as they are.
  if (node.tag === 'code' || node.tag === 'kbd') return
  for (const child of node.children ?? []) yield* wordsIn(child)
}

it('has no words in templates but those of the languages', () => {
  const hard = app.flatMap(([file, source]) => {
    if (!file.endsWith('.vue')) return []
    const { ast } = parse(source).descriptor.template ?? {}
    return [...(ast === undefined ? [] : wordsIn(ast as unknown as TemplateNode))]
      .filter((text) => /\p{L}{2,}/u.test(text) && !SAME.test(text))
      .map((text) => `${file}: ${text}`)
  })
  expect(hard).toEqual([])
})
