/**
 * Reads what a container's command would do, as far as demos and tests write it: echo, sleep, exit, true, false, loops
 * over words and endless loops. What it does not know takes no time and succeeds. Nothing is ever executed.
 */

export interface OutputLine {
  /** Milliseconds after the container's start. */
  readonly at: number
  readonly text: string
}

export interface ShellRun {
  /** Infinity where it never ends by itself. */
  readonly durationMs: number
  readonly exitCode: number
  readonly output: readonly OutputLine[]
  /** Whether the command said how long it takes or how it ends. */
  readonly timed: boolean
}

type Environment = Readonly<Record<string, string>>

interface Interpreter {
  readonly env: Record<string, string>
  readonly output: OutputLine[]
  at: number
  timed: boolean
  /** Exit codes of the command that runs, and of the one before. */
  last: number
  before: number
  /** Set by exit, and by what never ends. */
  ended: boolean
  steps: number
  /** Loops that are under way. */
  depth: number
}

const MAX_LINES = 1000
const MAX_STEPS = 10_000
/** What stands in one word for variables and sequences is cut there: a variable that doubles in a loop would fill the memory. */
const MAX_EXPANSION = 65_536
/** Loops that nest deeper are passed over. */
const MAX_DEPTH = 100
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** Plays a command through. `words` is command and args together. */
export function runCommand(words: readonly string[], env: Environment): ShellRun {
  const state: Interpreter = {
    env: { ...env },
    output: [],
    at: 0,
    timed: false,
    last: 0,
    before: 0,
    ended: false,
    steps: 0,
    depth: 0,
  }
  const script = shellScript(words)
  if (script === undefined) runWords(state, [...words])
  else runBlock(state, tokenize(script))
  return {
    durationMs: state.at,
    exitCode: state.last,
    output: state.output,
    timed: state.timed,
  }
}

/** The text after `sh -c`, or undefined where the command is no shell. */
function shellScript(words: readonly string[]): string | undefined {
  if (!/(^|\/)(sh|bash|ash|dash)$/.test(words[0] ?? '')) return undefined
  const flag = words.findIndex((word, index) => index > 0 && /^-[a-z]*c$/.test(word))
  return flag < 0 ? undefined : words[flag + 1]
}

interface ShellToken {
  readonly kind: 'word' | 'operator'
  readonly text: string
}

/** A comment, an operator, or a word with its quotes. */
const TOKEN =
  /[ \t\r]*(?:(#[^\n]*)|(\n|;|&&|\|\||[|&()])|((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\([^)]*\)|[^\s;&|()"'\\])+))/y

function tokenize(script: string): readonly ShellToken[] {
  const tokens: ShellToken[] = []
  const source = script.replaceAll('\\\n', ' ')
  const pattern = new RegExp(TOKEN.source, 'y')
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source)
    if (match === null) break
    if (match[2] !== undefined) tokens.push({ kind: 'operator', text: match[2] })
    else if (match[3] !== undefined) tokens.push({ kind: 'word', text: match[3] })
  }
  return tokens
}

function runBlock(state: Interpreter, tokens: readonly ShellToken[]): void {
  let position = 0
  let joiner = ';'
  while (position < tokens.length && !state.ended) {
    if (state.steps++ > MAX_STEPS) return
    const token = tokens[position]
    if (token?.kind === 'operator') {
      joiner = token.text
      position++
      continue
    }
    const skipped = (joiner === '&&' && state.last !== 0) || (joiner === '||' && state.last === 0)
    position = runStatement(state, tokens, { position, skipped })
    joiner = ';'
  }
}

interface Cursor {
  readonly position: number
  readonly skipped: boolean
}

/** Runs the statement at the cursor; returns the position after it. */
function runStatement(state: Interpreter, tokens: readonly ShellToken[], cursor: Cursor): number {
  const first = tokens[cursor.position]?.text
  if (first === 'for' || first === 'while' || first === 'until') {
    return runLoop(state, tokens, cursor)
  }
  let end = cursor.position
  while (end < tokens.length && tokens[end]?.kind === 'word') end++
  if (!cursor.skipped) {
    runWords(
      state,
      tokens.slice(cursor.position, end).map((token) => token.text),
    )
  }
  return end
}

function runLoop(state: Interpreter, tokens: readonly ShellToken[], cursor: Cursor): number {
  const doAt = indexOfWord(tokens, 'do', cursor.position)
  const doneAt = matchingDone(tokens, doAt)
  if (cursor.skipped || state.depth >= MAX_DEPTH) return doneAt + 1
  state.depth++
  const head = tokens.slice(cursor.position, doAt).filter((token) => token.kind === 'word')
  const body = tokens.slice(doAt + 1, doneAt)
  if (head[0]?.text === 'for') runForLoop(state, head, body)
  else runWhileLoop(state, head, body)
  state.depth--
  return doneAt + 1
}

function runForLoop(
  state: Interpreter,
  head: readonly ShellToken[],
  body: readonly ShellToken[],
): void {
  const name = head[1]?.text ?? ''
  for (const value of head.slice(3).flatMap((token) => expandList(token.text, state.env))) {
    if (state.ended || state.steps > MAX_STEPS) return
    state.env[name] = value
    runBlock(state, body)
  }
}

/** A loop on a condition that holds goes on for ever, one on a condition that does not hold is passed over. */
function runWhileLoop(
  state: Interpreter,
  head: readonly ShellToken[],
  body: readonly ShellToken[],
): void {
  const holds = head[1]?.text === 'true' || head[1]?.text === ':'
  if (holds !== (head[0]?.text === 'while')) return
  runBlock(state, body)
  const period = state.at
  while (!state.ended && state.output.length < MAX_LINES && state.steps < MAX_STEPS) {
    runBlock(state, body)
    if (state.at === period) break
  }
  if (!state.ended) endNever(state)
}

function indexOfWord(tokens: readonly ShellToken[], word: string, from: number): number {
  const index = tokens.findIndex((token, at) => at >= from && token.text === word)
  return index < 0 ? tokens.length : index
}

function matchingDone(tokens: readonly ShellToken[], doAt: number): number {
  let depth = 0
  for (let index = doAt; index < tokens.length; index++) {
    const text = tokens[index]?.text
    if (text === 'do') depth++
    if (text === 'done') depth--
    if (depth === 0) return index
  }
  return tokens.length
}

const COMMANDS: Readonly<Record<string, (state: Interpreter, args: readonly string[]) => void>> = {
  echo: (state, args) => print(state, args.filter((arg) => !/^-[neE]+$/.test(arg)).join(' ')),
  printf: (state, args) => print(state, (args[0] ?? '').replaceAll('\\n', '').trimEnd()),
  sleep: (state, args) => sleepFor(state, args),
  exit: (state, args) => exitWith(state, Number(args[0] ?? state.before)),
  false: (state) => {
    state.last = 1
  },
  exec: (state, args) => {
    const first = args.findIndex((arg) => arg !== 'exec')
    if (first >= 0) runWords(state, args.slice(first))
  },
}

function runWords(state: Interpreter, words: readonly string[]): void {
  const args = words.flatMap((word) => expandList(word, state.env))
  const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(args[0] ?? '')
  if (assignment !== null && args.length === 1) {
    state.env[assignment[1] ?? ''] = assignment[2] ?? ''
    return
  }
  state.before = state.last
  state.last = 0
  const command = (args[0] ?? '').split('/').at(-1) ?? ''
  if (Object.hasOwn(COMMANDS, command)) COMMANDS[command]?.(state, args.slice(1))
}

function print(state: Interpreter, text: string): void {
  if (state.output.length < MAX_LINES) state.output.push({ at: state.at, text })
}

function sleepFor(state: Interpreter, args: readonly string[]): void {
  state.timed = true
  for (const arg of args) {
    if (arg === 'infinity' || arg === 'inf') endNever(state)
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg)
    if (match !== null)
      state.at += Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1) * 1000)
  }
}

function exitWith(state: Interpreter, code: number): void {
  state.timed = true
  state.ended = true
  state.last = Number.isInteger(code) ? code & 0xff : 2
}

function endNever(state: Interpreter): void {
  state.timed = true
  state.ended = true
  state.at = Number.POSITIVE_INFINITY
}

/** A word after quotes and variables; unquoted, an expansion is split at spaces. */
function expandList(word: string, env: Environment): readonly string[] {
  if (!word.startsWith("'") && !word.startsWith('"') && word.includes('$')) {
    return expand(word, env)
      .split(/\s+/)
      .filter((part) => part !== '')
  }
  return [expand(word, env)]
}

function expand(word: string, env: Environment): string {
  if (!/['"\\$]/.test(word)) return word
  const parts = word.match(/'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^'"\\]+/gs) ?? []
  let left = MAX_EXPANSION
  const fitting = (text: string): string => {
    const kept = text.slice(0, left)
    left -= kept.length
    return kept
  }
  return parts.map((part) => expandPart(part, env, fitting)).join('')
}

function expandPart(part: string, env: Environment, fitting: (text: string) => string): string {
  if (part.startsWith("'") && part.endsWith("'")) return part.slice(1, -1)
  if (part.startsWith('\\') && part.length === 2) return part.slice(1)
  const text = part.startsWith('"') && part.endsWith('"') ? part.slice(1, -1) : part
  return text
    .replaceAll(/\\(["$\\`])/g, '$1')
    .replaceAll(/\$\(\s*seq\s+(\d+)(?:\s+(\d+))?\s*\)/g, (_, from, to) =>
      fitting(sequence(from, to)),
    )
    .replaceAll(
      /\$\(([A-Za-z_]\w*)\)|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$([A-Za-z_]\w*)/g,
      (...m) => fitting(lookUp(env, m[1] ?? m[2] ?? m[4] ?? '', m[3])),
    )
}

function lookUp(env: Environment, name: string, fallback: string | undefined): string {
  return Object.hasOwn(env, name) ? (env[name] ?? '') : (fallback ?? '')
}

function sequence(from: string, to: string | undefined): string {
  const [first, last] = to === undefined ? [1, Number(from)] : [Number(from), Number(to)]
  const count = Math.min(MAX_LINES, Math.max(0, last - first + 1))
  return Array.from({ length: count }, (_, index) => first + index).join(' ')
}
