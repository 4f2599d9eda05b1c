/**
 * Whether rehearsals would find mistakes: each mutant is put into a copy of the packages, and seeds are run until one fails.
 *   node test/sim/mutations.ts [--runs N] [--seed S] [--jobs J] [--only WORD] [--drawn seeds|near|small]
 * Those that name a pinned run are tried on that alone, but with `--drawn`: then on seeds, or on neighbours of all the other kept runs.
 * Prints a row of docs/design/mutations.md for each; ends with 1 where one was not found.
 */
import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = join(import.meta.dirname, '../..')
/** As many as a change of the operator is rehearsed with. */
const RUNS = 2_000

export interface Hunt {
  readonly mutant: Mutant
  /** Runs until it was found; undefined where it was not. */
  readonly runs?: number
  /** Number and name of the invariant that found it. */
  readonly by?: string
}

export interface HuntOptions {
  readonly runs: number
  readonly firstSeed: number
  /** How runs are drawn, for mutants with a pinned run too. */
  readonly drawn?: Drawn
}

const DRAWN = ['seeds', 'near', 'small'] as const
type Drawn = (typeof DRAWN)[number]

/** A copy of the packages in which one mutant at a time lives. */
export interface Enclosure {
  hunt(mutant: Mutant, options: HuntOptions): Promise<Hunt>
  remove(): void
}

export function createEnclosure(): Enclosure {
  const root = mkdtempSync(join(tmpdir(), 'mutants-'))
  const isOwn = (path: string): boolean => !/\/(node_modules|dist)$/.test(path)
  for (const folder of ['packages', 'test/sim']) {
    cpSync(join(ROOT, folder), join(root, folder), { recursive: true, filter: isOwn })
  }
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'))
  linkModules(root)
  return {
    async hunt(mutant, options) {
      const path = join(root, 'packages', mutant.file)
      const original = readFileSync(path, 'utf8')
      writeFileSync(path, mutated(original, mutant))
      const putBack = options.drawn === 'near' ? takeAway(root, mutant) : undefined
      try {
        return { mutant, ...(await firstFailure(root, mutant, options)) }
      } finally {
        writeFileSync(path, original)
        putBack?.()
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The kept run that finds the mutant would have neighbours that find it, as no mistake that is still unknown has. */
function takeAway(root: string, { pinned }: Mutant): (() => void) | undefined {
  if (pinned === undefined) return undefined
  const path = join(root, `test/sim/found/${pinned}.json`)
  const kept = readFileSync(path)
  rmSync(path)
  return () => writeFileSync(path, kept)
}

/** @throws Error where what is to be replaced does not stand in the file once */
export function mutated(source: string, { name, from, to }: Mutant): string {
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${name}: stands there ${parts.length - 1} times`)
  return parts.join(to)
}

/** The libraries as they are; our own packages are the copies. */
function linkModules(root: string): void {
  const modules = join(root, 'node_modules')
  mkdirSync(join(modules, '@sortie'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@sortie') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(modules, '@sortie', name))
  }
}

/** A mutant that never comes to rest is found too. */
const LONGEST_MS = 3_600_000

async function firstFailure(
  root: string,
  { pinned }: Mutant,
  { runs, firstSeed, drawn }: HuntOptions,
): Promise<Pick<Hunt, 'runs' | 'by'>> {
  const isPlayed = pinned !== undefined && drawn === undefined
  const mode = drawn === undefined || drawn === 'seeds' ? [] : [`--${drawn}`]
  const which = isPlayed
    ? ['--play', `test/sim/found/${pinned}.json`]
    : [...mode, '--runs', String(runs), '--seed', String(firstSeed)]
  const flags = [...which, '--first', '--no-shrink']
  const child = spawn(process.execPath, ['test/sim/run.ts', ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += String(text)
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const found = /^seed=(\d+) invariant (\d+), ([^:]+)/m.exec(said)
  if (found !== null) {
    const count = isPlayed ? 1 : Number(found[1]) - firstSeed + 1
    return { runs: count, by: `${found[2]}, ${found[3]}` }
  }
  if (code === 0) return {}
  throw new Error(`the rehearsal ended with ${code}: ${said.slice(0, 2000)}`)
}

function rowOf({ mutant, runs, by }: Hunt, isPlayed: boolean): string {
  const file = `\`${mutant.file}\``
  if (runs === undefined) return `| ${mutant.name} | ${file} | not found | |`
  const after = isPlayed ? `pinned run ${mutant.pinned}` : runs
  return `| ${mutant.name} | ${file} | ${after} | ${by} |`
}

const FOUND = /^\|.*\d+ \|/

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: String(RUNS) },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      drawn: { type: 'string' },
    },
  })
  const drawn = DRAWN.find((one) => one === values.drawn)
  const options = {
    runs: Number(values.runs),
    firstSeed: Number(values.seed),
    ...(drawn === undefined ? {} : { drawn }),
  }
  const queue = MUTANTS.filter(({ name }) => name.includes(values.only))
  const work = async (): Promise<void> => {
    const enclosure = createEnclosure()
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const row = await enclosure.hunt(next, options).then(
          (hunt) => rowOf(hunt, next.pinned !== undefined && drawn === undefined),
          (error: unknown) => String(error),
        )
        process.stdout.write(`${row}\n`)
        if (!FOUND.test(row)) process.exitCode = 1
      }
    } finally {
      enclosure.remove()
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
}

if (import.meta.main) await main()
