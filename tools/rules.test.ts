/** docs/design/rules.md names a test for every rule of behaviour: each of them exists. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const RULE = /^- (.+)$/
const CARRIER = /^ {2}- `([^`]+)`: (.+)$/

interface Rule {
  readonly text: string
  readonly carriers: { readonly file: string; readonly name: string }[]
}

function readRules(): readonly Rule[] {
  const rules: Rule[] = []
  for (const line of readFileSync(join(root, 'docs/design/rules.md'), 'utf8').split('\n')) {
    const [, text] = RULE.exec(line) ?? []
    if (text !== undefined) rules.push({ text, carriers: [] })
    const [, file, name] = CARRIER.exec(line) ?? []
    if (file !== undefined && name !== undefined) rules.at(-1)?.carriers.push({ file, name })
  }
  return rules
}

/** The file's texts, as they are between their quotes. */
function textsOf(file: string): ReadonlySet<string> {
  const source = readFileSync(join(root, file), 'utf8')
  const quoted = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)
  return new Set([...quoted].map(([, ...groups]) => unescaped(groups.find(Boolean) ?? '')))
}

const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, '$1')
/** A row of a table may be named by a key without quotes. */
const isKey = (file: string, name: string): boolean =>
  /^\w+$/.test(name) &&
  new RegExp(`^\\s+${name}:`, 'm').test(readFileSync(join(root, file), 'utf8'))

const rules = readRules()

test('every rule of behaviour names a test that carries it', () => {
  assert.ok(rules.length > 80, `only ${rules.length} rules were read`)
  const bare = rules.filter(({ carriers }) => carriers.length === 0).map(({ text }) => text)
  assert.deepEqual(bare, [])
})

test('each test that carries a rule exists', () => {
  const texts = new Map<string, ReadonlySet<string>>()
  const missing = rules.flatMap(({ carriers }) =>
    carriers.filter(({ file, name }) => {
      if (!existsSync(join(root, file))) return true
      const held = texts.get(file) ?? textsOf(file)
      texts.set(file, held)
      return !held.has(name) && !isKey(file, name)
    }),
  )
  assert.deepEqual(missing, [])
})
