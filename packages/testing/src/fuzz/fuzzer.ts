/** Plays random sequences on two servers and tells where they differ, each difference cut down to few steps. */
import { isJsonObject, type Transport } from '@sortie/machinery'
import fc from 'fast-check'
import { type Difference, firstDifference } from './compare.ts'
import { BUILT_IN_KINDS, customKind, type FuzzKind, ownKinds } from './kinds.ts'
import { collectionPath, type Outcome, outcomeOf, play } from './play.ts'
import { type Step, sequenceFor } from './steps.ts'

export interface FuzzServers {
  /** The judge. */
  readonly real: Transport
  readonly embedded: Transport
}

export interface FuzzOptions {
  readonly seed: number
  /** Sequences to play; or as many as fit in `forMs`. */
  readonly runs: number
  /** No new round is begun after that long. */
  readonly forMs?: number
  /** Only the sequence with this name, as a failure prints it: `3/fuzzes31/17`. */
  readonly only?: string
  /** Only kinds whose name contains this. */
  readonly kinds?: string
  readonly report?: (line: string) => void
}

export interface FuzzFailure {
  /** `round/kind/number`, to be played again with the same seed. */
  readonly name: string
  readonly kind: FuzzKind
  readonly steps: readonly Step[]
  readonly difference: Difference
  readonly real: readonly Outcome[]
  readonly embedded: readonly Outcome[]
  /** What is alike in differences of one cause. */
  readonly signature: string
}

export interface FuzzResult {
  readonly sequences: number
  readonly requests: number
  readonly definitions: number
  /** Definitions that both servers refused alike. */
  readonly refusedDefinitions: number
  /** Differences that did not come again when the same was played at once. */
  readonly passing: number
  /** One of each signature. */
  readonly failures: readonly FuzzFailure[]
  /** Differences by signature. */
  readonly counts: ReadonlyMap<string, number>
  readonly milliseconds: number
}

const CUSTOM_KINDS_PER_ROUND = 5
const SEQUENCES_PER_KIND = 50
const CONCURRENCY = 24
/** Plays that cutting down one failure may cost. */
const SHRINK_BUDGET = 150
/** A run's own, so that one server serves many runs. */
const STAMP = Date.now().toString(36)
const NAMESPACE = `fuzz-${STAMP}`
const GROUP = `${STAMP}.fuzz.test`
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A number of 31 bits from what it is for, so that each sequence has a seed of its own. */
function seedOf(...parts: readonly (number | string)[]): number {
  let hash = 0x811c9dc5
  for (const character of parts.join('/')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) & 0x7fff_ffff
}

interface Run {
  readonly servers: FuzzServers
  readonly options: FuzzOptions
  readonly failures: Map<string, FuzzFailure>
  readonly counts: Map<string, number>
  readonly tally: {
    sequences: number
    requests: number
    definitions: number
    refused: number
    names: number
    passing: number
  }
}

export async function fuzz(servers: FuzzServers, options: FuzzOptions): Promise<FuzzResult> {
  const started = performance.now()
  const run: Run = {
    servers,
    options,
    failures: new Map(),
    counts: new Map(),
    tally: { sequences: 0, requests: 0, definitions: 0, refused: 0, names: 0, passing: 0 },
  }
  await prepare(run)
  const [onlyRound] = options.only?.split('/') ?? []
  for (let round = Number(onlyRound ?? 0); ; round++) {
    await playRound(run, round)
    if (onlyRound !== undefined || isDone(run, performance.now() - started)) break
  }
  const { sequences, requests, definitions, refused, passing } = run.tally
  return {
    sequences,
    requests,
    definitions,
    refusedDefinitions: refused,
    passing,
    failures: [...run.failures.values()],
    counts: run.counts,
    milliseconds: Math.round(performance.now() - started),
  }
}

function isDone({ options, tally }: Run, elapsed: number): boolean {
  if (options.forMs !== undefined && elapsed > options.forMs) return tally.sequences >= options.runs
  return options.forMs === undefined && tally.sequences >= options.runs
}

const both = <T>(
  { real, embedded }: FuzzServers,
  work: (transport: Transport) => Promise<T>,
): Promise<[T, T]> => Promise.all([work(real), work(embedded)])

async function prepare({ servers }: Run): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }
  await both(servers, async (transport) => {
    await transport.request({ method: 'POST', path: '/api/v1/namespaces', body })
    for (const kind of ownKinds()) await define(transport, kind)
  })
}

/** Creates the kind's definition and waits until it is served. */
async function define(transport: Transport, kind: FuzzKind): Promise<Outcome> {
  const { definition: body = {} } = kind
  const name = String(isJsonObject(body['metadata']) ? body['metadata']['name'] : '')
  const answer = await transport.request({ method: 'POST', path: DEFINITIONS, body })
  const outcome = outcomeOf(answer, { kind, namespace: '', name })
  if (answer.status === 201 || answer.status === 409) {
    await untilServed(transport, collectionPath({ kind, namespace: NAMESPACE }))
  }
  return outcome
}

/** @throws Error where it is not served within half a minute */
async function untilServed(transport: Transport, path: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while ((await transport.request({ method: 'GET', path, query: { limit: '1' } })).status !== 200) {
    if (performance.now() > deadline) throw new Error(`${path} is not served`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function playRound(run: Run, round: number): Promise<void> {
  const { options, tally } = run
  const [, onlyKind] = options.only?.split('/') ?? []
  const isWanted = ({ name }: FuzzKind): boolean =>
    (onlyKind === undefined || name === onlyKind) && name.includes(options.kinds ?? '')
  const custom = customKinds(options.seed, round).filter(isWanted)
  const fixed = [...BUILT_IN_KINDS, ...ownKinds()].filter(isWanted)
  const served = await Promise.all(
    custom.map(async (kind) => ((await defined(run, kind, round)) ? [kind] : [])),
  )
  const jobs = [...served.flat(), ...fixed].flatMap((kind) => sequencesOf(run, kind, round))
  await inParallel(jobs, CONCURRENCY)
  await Promise.all(served.flat().map((kind) => forget(run, kind)))
  options.report?.(
    `round ${round}: ${tally.sequences} sequences, ${run.failures.size} kinds of difference`,
  )
}

function customKinds(seed: number, round: number): FuzzKind[] {
  return Array.from({ length: CUSTOM_KINDS_PER_ROUND }, (_, index) => {
    const number = round * CUSTOM_KINDS_PER_ROUND + index
    const [kind] = fc.sample(customKind(number, GROUP), {
      seed: seedOf(seed, 'kind', number),
      numRuns: 1,
    })
    return kind as FuzzKind
  })
}

/** Defines a kind on both servers; false where both refuse it, or where only one does, which is a failure. */
async function defined(run: Run, kind: FuzzKind, round: number): Promise<boolean> {
  const [real, embedded] = await both(run.servers, (transport) => define(transport, kind))
  run.tally.definitions++
  if (real.code < 300 && embedded.code < 300) return true
  const difference = firstDifference([real], [embedded])
  if (difference === undefined) run.tally.refused++
  else {
    const name = `${round}/${kind.name}/definition`
    note(run, { name, kind, steps: [], difference, real: [real], embedded: [embedded] })
  }
  return false
}

async function forget({ servers }: Run, { name }: FuzzKind): Promise<void> {
  const path = `${DEFINITIONS}/${name}.${GROUP}`
  await both(servers, (transport) => transport.request({ method: 'DELETE', path }))
}

function sequencesOf(run: Run, kind: FuzzKind, round: number): (() => Promise<void>)[] {
  const [, , onlyNumber] = run.options.only?.split('/') ?? []
  const numbers =
    onlyNumber === undefined
      ? Array.from({ length: SEQUENCES_PER_KIND }, (_, number) => number)
      : [Number(onlyNumber)]
  const sequences = sequenceFor(kind)
  return numbers.map((number) => async () => {
    const seed = seedOf(run.options.seed, round, kind.name, number)
    await playSequence(run, { name: `${round}/${kind.name}/${number}`, kind, seed, sequences })
  })
}

interface Sequence {
  readonly name: string
  readonly kind: FuzzKind
  readonly seed: number
  readonly sequences: fc.Arbitrary<readonly Step[]>
}

type Found = Omit<FuzzFailure, 'signature'>

/** Plays one sequence; where it fails in a new way, fast-check cuts it down. */
async function playSequence(run: Run, { name, kind, seed, sequences }: Sequence): Promise<void> {
  let wanted: string | undefined
  let last: Found | undefined
  let budget = SHRINK_BUDGET
  const property = fc.asyncProperty(sequences, async (steps) => {
    if (budget-- <= 0) return
    const found = await compareOn(run, kind, steps)
    if (found === undefined) return
    const signature = signatureOf(found.steps, found.difference)
    if (wanted !== undefined && signature !== wanted) return
    if (!(await comesAgain(run, kind, { steps, signature }))) return
    if (wanted === undefined && isKnown(run, signature)) return
    wanted = signature
    last = { ...found, name }
    throw new Error(signature)
  })
  await fc.check(property, { seed, numRuns: 1 })
  run.tally.sequences++
  if (last !== undefined) note(run, last)
}

/** A second may end for one server before its request, for the other after it, and owners have times of whole seconds. */
async function comesAgain(
  run: Run,
  kind: FuzzKind,
  { steps, signature }: { readonly steps: readonly Step[]; readonly signature: string },
): Promise<boolean> {
  const again = await compareOn(run, kind, steps)
  if (again !== undefined && signatureOf(steps, again.difference) === signature) return true
  run.tally.passing++
  return false
}

function isKnown({ counts }: Run, signature: string): boolean {
  const count = counts.get(signature)
  counts.set(signature, (count ?? 0) + 1)
  return count !== undefined
}

async function compareOn(
  { servers, tally }: Run,
  kind: FuzzKind,
  steps: readonly Step[],
): Promise<Omit<Found, 'name'> | undefined> {
  const place = { kind, namespace: NAMESPACE, name: `f${tally.names++}-${STAMP}` }
  const [real, embedded] = await both(servers, (transport) => play(transport, place, steps))
  tally.requests += steps.length + 1
  const difference = firstDifference(real, embedded)
  return difference === undefined ? undefined : { kind, steps, difference, real, embedded }
}

function note(run: Run, found: Found): void {
  const signature = signatureOf(found.steps, found.difference)
  if (!run.counts.has(signature)) run.counts.set(signature, 1)
  if (run.failures.has(signature)) return
  run.failures.set(signature, { ...found, signature })
  run.options.report?.(describeFuzzFailure({ ...found, signature }, run.options.seed))
}

/** The step's verb, the place of the difference without names, and what the two said, without values. */
function signatureOf(steps: readonly Step[], { step, path, real, embedded }: Difference): string {
  const at = steps[step]
  const verb =
    at === undefined ? 'look' : at.subresource === '' ? at.do : `${at.do} ${at.subresource}`
  const shape = (value: unknown): string =>
    typeof value === 'string'
      ? value
          .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
          .replaceAll(/\d+/g, '0')
          .replaceAll(/[\w.[\]]+(?= in body)/g, 'F')
          .slice(0, 90)
      : typeof value === 'object' && value !== null
        ? Array.isArray(value)
          ? 'list'
          : 'object'
        : typeof value === 'number' && value > 99
          ? String(value)
          : typeof value
  const place = path
    .split('.')
    .slice(0, 3)
    .map((part) => (/^\d+$/.test(part) ? '#' : part))
  return `${verb} ${place.join('.')}: ${shape(real)} / ${shape(embedded)}`
}

async function inParallel(jobs: readonly (() => Promise<void>)[], width: number): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) await job()
  }
  await Promise.all(Array.from({ length: width }, work))
}

/** A failure for people: how to play it again, the steps, and the two answers. */
export function describeFuzzFailure(failure: FuzzFailure, seed: number): string {
  const { name, kind, steps, difference, real, embedded, signature } = failure
  const { step, path } = difference
  const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'
  return [
    `difference: ${signature}`,
    `  again: node test/fuzz/run.ts --seed ${seed} --only ${name}`,
    `  schema: ${show(kind.definition === undefined ? kind.name : kind.schema).slice(0, steps.length === 0 ? 6_000 : 2_500)}`,
    ...steps.map((one, index) => `  ${index === step ? '>' : ' '} ${show(one)}`),
    `  at ${path} of step ${step}`,
    `  real:     ${show(difference.real)}   of ${show(real[step]).slice(0, 1_200)}`,
    `  embedded: ${show(difference.embedded)}   of ${show(embedded[step]).slice(0, 1_200)}`,
  ].join('\n')
}
