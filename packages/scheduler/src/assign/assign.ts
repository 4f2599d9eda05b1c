/** From what waits and what there is to who goes where: pure, and the same for the same input. */

import { EXTENDED_RESOURCES } from '@sortie/api'
import { createStaticVerdicts, type StaticVerdicts, writeRefusals } from '../filter/filters.ts'
import { unsupported } from '../filter/podchecks.ts'
import { absentees, orderUnits, type Unit, type WaitingPod } from '../gang/units.ts'
import { forkSnapshot, type Plan, type Snapshot } from '../snapshot/snapshot.ts'
import {
  best,
  type CandidateFinder,
  createCandidateFinder,
  createLiveFinder,
} from './candidates.ts'
import type { Decision } from './decision.ts'
import { type Placement, placeJointly, type UnplacedUnit } from './joint.ts'
import { searchGang } from './search.ts'
import { createTracer, type Tracer } from './trace.ts'

export interface AssignOptions {
  /** Kept from one call to the next, it saves work. */
  readonly verdicts?: StaticVerdicts
  /** Key of the gang that keeps what aircraft it could have from all that come after it, until it can have all. */
  readonly reserving?: string | undefined
}

type Stuck = UnplacedUnit['stuck'][number]

interface Batch {
  readonly snapshot: Snapshot
  readonly plan: Plan
  readonly verdicts: StaticVerdicts
  /** For pods that are placed one by one. */
  readonly finder: CandidateFinder
  readonly decisions: Decision[]
  /** For pods that are placed together, and for those placed one by one. */
  readonly tracers: { readonly joint: Tracer; readonly single: Tracer }
  readonly reserving: string | undefined
  /** The aircraft kept, once the gang has had its turn. */
  readonly kept: { readonly gang: string; readonly nodes: ReadonlySet<string> }[]
}

/** One decision for each pod of the batch. */
export function assign(
  waiting: readonly WaitingPod[],
  snapshot: Snapshot,
  options: AssignOptions = {},
): readonly Decision[] {
  const plan = forkSnapshot(snapshot)
  const verdicts = options.verdicts ?? createStaticVerdicts()
  const finder = createLiveFinder(plan, verdicts)
  const tracers = { joint: createTracer(false), single: createTracer(true) }
  const batch: Batch = {
    snapshot,
    plan,
    verdicts,
    finder,
    decisions: [],
    tracers,
    reserving: options.reserving,
    kept: [],
  }
  let run: Unit[] = []
  const flush = (): void => {
    if (run.length > 0) placeRun(batch, run)
    run = []
  }
  for (const unit of orderUnits(waiting)) {
    const problem = problemOf(unit)
    if (problem !== undefined) wait(batch, unit, { message: problem })
    else if (canJoin(unit)) run.push(unit)
    else {
      flush()
      placeOneByOne(batch, unit)
    }
  }
  flush()
  return batch.decisions
}

/** Why a unit can't be placed whatever aircraft there are. */
function problemOf(unit: Unit): string | undefined {
  for (const { info } of unit.pods) {
    const problem = unsupported(info.pod)
    if (problem !== undefined) return problem
  }
  const absent = absentees(unit)
  if (absent === 0 || unit.gang === undefined) return undefined
  const { name, size } = unit.gang
  return `gang ${name} waits until it is complete: ${absent} of its ${size} tasks have no pod yet`
}

type Wait = Omit<Extract<Decision, { readonly kind: 'wait' }>, 'kind' | 'pod'>

function wait({ decisions }: Batch, { pods }: Unit, said: Wait): void {
  for (const pod of pods) decisions.push({ kind: 'wait', pod, ...said })
}

function isKept({ kept }: Batch, node: string): boolean {
  return kept.some(({ nodes }) => nodes.has(node))
}

/** Pods that exclude each other by nothing but what they take of an aircraft are placed together. */
function canJoin({ pods, gang }: Unit): boolean {
  return pods.every(({ info }) => !info.interacts && (info.takesSlot || gang !== undefined))
}

/** The joint assignment, again for those left over while aircraft that take several tasks have room for more. */
function placeRun(batch: Batch, units: readonly Unit[]): void {
  let left = units
  let first: readonly UnplacedUnit[] | undefined
  let kept: readonly Placement[] = []
  for (;;) {
    const { placements, unplaced, kept: keeping } = placeJointly(left, batch.plan, batch)
    kept = keeping
    for (const placement of placements) bind(batch, placement, batch.tracers.joint)
    first ??= unplaced
    left = unplaced.map(({ unit }) => unit)
    if (left.length === 0 || placements.length === 0 || !mayGoOn(left, placements, batch.plan))
      break
  }
  const reasons = new Map(first.map((one) => [one.unit, one]))
  for (const unit of left) {
    if (unit.gang !== undefined && mayStillFit(unit, batch.plan) && placeGang(batch, unit)) continue
    if (isReserving(batch, unit)) keep(batch, unit, kept)
    const unplaced = reasons.get(unit)
    if (unplaced !== undefined) waitUnplaced(batch, unplaced)
  }
}

function isReserving({ reserving }: Batch, { gang }: Unit): boolean {
  return gang !== undefined && gang.key === reserving
}

/** What a gang keeps counts as taken for all that come after it. */
function keep(batch: Batch, { gang }: Unit, placements: readonly Placement[]): void {
  for (const { pod, node } of placements) batch.plan.place(pod.info, node.name)
  const nodes = new Set(placements.map(({ node }) => node.name).sort())
  batch.kept.push({ gang: gang?.name ?? '', nodes })
}

/** The same for a gang whose members get in each other's way: what each could have beside those before it. */
function keepOneByOne(batch: Batch, unit: Unit): void {
  const mark = batch.plan.placed
  const placements: Placement[] = []
  for (const pod of unit.pods) {
    const candidates = batch.finder.candidatesFor(pod.info)
    const node = best(pod.info, candidates)
    if (node === undefined) continue
    placements.push({ pod, node, candidates })
    batch.plan.place(pod.info, node.name)
  }
  batch.plan.undoTo(mark)
  keep(batch, unit, placements)
}

/** Whether one of those left over would fit beside a pod that was just placed. */
function mayGoOn(left: readonly Unit[], placements: readonly Placement[], plan: Plan): boolean {
  const wants = new Map<string, Amounts>()
  for (const { pods } of left) for (const { info } of pods) wants.set(info.signature, info.requests)
  return placements.some(({ node }) => {
    const now = plan.get(node.name)
    if (now === undefined) return false
    return [...wants.values()].some((one) => fits(one, now.allocatable, now.requested))
  })
}

type Amounts = Readonly<Record<string, number>>

function fits(requests: Amounts, allocatable: Amounts, requested: Amounts): boolean {
  for (const name in requests) {
    if ((requests[name] ?? 0) + (requested[name] ?? 0) > (allocatable[name] ?? 0)) return false
  }
  return true
}

/** The matching counts an aircraft's room by its largest guest; where one takes several, a search may find more. */
function mayStillFit({ pods }: Unit, plan: Plan): boolean {
  if (new Set(pods.map(({ info }) => JSON.stringify(info.requests))).size < 2) return false
  for (const node of plan.nodes()) {
    const takesTwo = pods.filter(({ info }) =>
      fits(info.requests, node.allocatable, node.requested),
    )
    if (takesTwo.length > 1) return true
  }
  return false
}

function bind({ snapshot, decisions }: Batch, placement: Placement, tracer: Tracer): void {
  const trace = tracer.trace(placement, snapshot.size)
  decisions.push({ kind: 'bind', pod: placement.pod, node: placement.node.name, trace })
}

/** A single pod where it costs least now; a gang by search. */
function placeOneByOne(batch: Batch, unit: Unit): void {
  if (unit.gang !== undefined) {
    if (placeGang(batch, unit)) return
    const stuck = stuckIn(batch, unit)
    if (isReserving(batch, unit)) keepOneByOne(batch, unit)
    waitUnplaced(batch, { unit, stuck })
    return
  }
  for (const pod of unit.pods) {
    const candidates = batch.finder.candidatesFor(pod.info)
    const node = best(pod.info, candidates)
    if (node === undefined) waitUnplaced(batch, { unit, stuck: [{ pod, candidates }] })
    else {
      bind(batch, { pod, node, candidates }, batch.tracers.single)
      batch.plan.place(pod.info, node.name)
    }
  }
}

function placeGang(batch: Batch, unit: Unit): boolean {
  const placements = searchGang(unit, batch.plan, batch.verdicts)
  for (const placement of placements ?? []) bind(batch, placement, batch.tracers.single)
  return placements !== undefined
}

function stuckIn({ plan, verdicts }: Batch, unit: Unit): UnplacedUnit['stuck'] {
  const finder = createCandidateFinder(plan, verdicts)
  return unit.pods
    .map((pod) => ({ pod, candidates: finder.candidatesFor(pod.info) }))
    .filter(({ candidates }) => candidates.feasible.length === 0)
}

function waitUnplaced(batch: Batch, { unit, stuck }: UnplacedUnit): void {
  if (unit.gang === undefined) {
    const [only] = stuck
    if (only === undefined) return
    wait(batch, unit, { message: refusalMessage(batch, only), ...wayGiven(batch, [only]) })
    return
  }
  const { name, size, placed } = unit.gang
  const short =
    stuck.length === 0 ? 'no way to place all of them together' : gangShortage(batch, stuck)
  const held = placed === 0 ? '' : ` (${placed} placed already)`
  const kept = isReserving(batch, unit) ? batch.kept.flatMap(({ nodes }) => [...nodes]) : []
  const keeps = kept.length === 0 ? '' : `, ${kept.length} aircraft kept for it`
  const message = `gang ${name} of ${size}${held} waits whole${keeps}: ${short}`
  wait(batch, unit, {
    message,
    ...(kept.length === 0 ? wayGiven(batch, stuck) : { kept: [...new Set(kept)] }),
  })
}

/** Whether one could have had what is kept for a gang; of pods whose place depends on others' nobody can tell. */
function wayGiven(batch: Batch, stuck: readonly Stuck[]): { readonly gaveWay?: true } {
  if (batch.kept.length === 0) return {}
  const isHeldUp = ({ pod, candidates }: Stuck): boolean =>
    pod.info.interacts || candidates.feasible.some(({ name }) => isKept(batch, name))
  return stuck.some(isHeldUp) ? { gaveWay: true } : {}
}

function gangShortage(batch: Batch, stuck: UnplacedUnit['stuck']): string {
  const [first] = stuck
  if (first === undefined) return ''
  const names = stuck.slice(0, 3).map(({ pod }) => pod.info.pod.metadata.name)
  const more = stuck.length > 3 ? ` and ${stuck.length - 3} more` : ''
  return `no aircraft left for ${names.join(', ')}${more}: ${refusalMessage(batch, first)}`
}

/** Nodes that could take a single pod but go to others of the batch count as taken, which is what the next look would find. */
function refusalMessage(batch: Batch, { pod, candidates }: Stuck): string {
  const { refusals, feasible } = candidates
  const counts = new Map(refusals)
  const add = (reason: string, count: number): void => {
    if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  const [kept] = batch.kept
  const isOthers = kept !== undefined && pod.gang?.name !== kept.gang
  const forGang = isOthers ? feasible.filter(({ name }) => isKept(batch, name)).length : 0
  if (forGang > 0) add(`node(s) kept for gang ${kept?.gang}, which goes first`, forGang)
  const reason = pod.gang === undefined && pod.info.takesSlot ? NO_SLOT : FOR_OTHERS
  add(reason, feasible.length - forGang)
  return writeRefusals(counts, batch.snapshot.size)
}

const NO_SLOT = `Insufficient ${EXTENDED_RESOURCES.slot}`
const FOR_OTHERS = 'node(s) needed by tasks of the same gang or ahead of it'
