/** Who keeps aircraft from turn to turn, and who is to be looked at again once fewer are kept. */
import type { Clock } from '@sortie/machinery'
import type { Decision } from '../assign/decision.ts'
import { placeJointly } from '../assign/joint.ts'
import type { StaticVerdicts } from '../filter/filters.ts'
import type { WaitingQueue } from '../queue.ts'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import { forkSnapshot, type Snapshot } from '../snapshot/snapshot.ts'
import { createReservations } from './reservation.ts'
import { absentees, type Unit, type WaitingPod } from './units.ts'

export interface KeeperDeps {
  readonly clock: Clock
  readonly queue: WaitingQueue
  readonly snapshot: Snapshot
  readonly verdicts: StaticVerdicts
  /** How long a gang waits before aircraft are kept for it. */
  readonly patienceMs: number
  /** An aircraft that was kept is kept no longer. */
  givenBack(node: string): void
}

export interface Keeper {
  /** The gang that keeps aircraft in this turn, woken so that it has its say in it. */
  begin(): string | undefined
  /** Takes the turn's decisions in. */
  end(decisions: readonly Decision[]): void
  /** Something of a node changed that decides what it could ever take, or a pod waits no more. */
  fleetChanged(): void
  podLeft(): void
}

/** Kinds of gangs of which it is remembered whether they have a chance. */
const MAX_CHANCES = 512

export function createKeeper(deps: KeeperDeps): Keeper {
  const { clock, queue } = deps
  const reservations = createReservations(deps.patienceMs)
  /** Whether gangs of a kind could be placed were all aircraft free; good until the fleet changes. */
  const chances = new Map<string, boolean>()
  const gaveWay = new Set<string>()
  let kept: readonly string[] = []
  let keeping: string | undefined
  /**
   * Where one is kept no longer those that gave way look again, and so do those that were there before anything was kept. That one
   * more is kept helps nobody.
   */
  const keep = (names: readonly string[]): void => {
    const still = new Set(names)
    const free = kept.filter((name) => !still.has(name))
    kept = names
    if (free.length === 0) return
    for (const uid of gaveWay) queue.wake(uid)
    gaveWay.clear()
    for (const name of free) deps.givenBack(name)
  }
  const giveBack = (names: readonly string[] = []): void => {
    keeping = undefined
    kept = [...new Set([...kept, ...names])]
    keep([])
  }
  const hasChance = (unit: Unit): boolean => {
    const kind = kindOf(unit)
    const known = chances.get(kind) ?? couldEverPlace(unit, deps)
    if (chances.size >= MAX_CHANCES) chances.clear()
    chances.set(kind, known)
    return known
  }
  const judge = (unit: Unit): void => {
    const key = unit.gang?.key ?? ''
    const order = Math.min(...unit.pods.map((pod) => pod.order))
    if (absentees(unit) === 0 && hasChance(unit)) reservations.waits({ key, order }, clock.now())
    else reservations.ends(key)
  }
  return {
    begin() {
      const key = reservations.current(clock.now())
      keeping = key
      if (key === undefined) return undefined
      if (queue.hasGang(key)) {
        queue.wakeGang(key)
        return key
      }
      reservations.ends(key)
      return this.begin()
    },
    end(decisions) {
      for (const unit of gangsOf(decisions)) judge(unit)
      for (const one of decisions) if (one.kind === 'bind') endOf(one.pod, reservations)
      const waits = decisions.filter((one) => one.kind === 'wait')
      const names = [...new Set(waits.flatMap((one) => one.kept ?? []))].sort()
      // It has been placed, or turned out to have no chance: the others are to have their turn without it.
      const isOver = keeping !== undefined && reservations.current(clock.now()) !== keeping
      if (!isOver) keep(names)
      for (const { gaveWay: gave, pod } of waits) if (gave === true) gaveWay.add(pod.info.uid)
      if (isOver) giveBack(names)
    },
    fleetChanged() {
      chances.clear()
      if (keeping !== undefined) queue.wakeGang(keeping)
    },
    podLeft() {
      if (keeping === undefined || queue.hasGang(keeping)) return
      reservations.ends(keeping)
      giveBack()
    },
  }
}

function endOf({ gang }: WaitingPod, reservations: ReturnType<typeof createReservations>): void {
  if (gang !== undefined) reservations.ends(gang.key)
}

/** The gangs of a turn that wait, each with its members. */
function gangsOf(decisions: readonly Decision[]): readonly Unit[] {
  const gangs = new Map<string, WaitingPod[]>()
  for (const { kind, pod } of decisions) {
    if (kind !== 'wait' || pod.gang === undefined) continue
    const members = gangs.get(pod.gang.key)
    if (members === undefined) gangs.set(pod.gang.key, [pod])
    else members.push(pod)
  }
  return [...gangs.values()].flatMap((pods): Unit[] => {
    const gang = pods[0]?.gang
    return gang === undefined ? [] : [{ pods, gang }]
  })
}

/** Equal for gangs of as many members that ask for the same. */
function kindOf({ pods }: Unit): string {
  const counts = new Map<string, number>()
  for (const { info } of pods) counts.set(info.signature, (counts.get(info.signature) ?? 0) + 1)
  return JSON.stringify([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const NOTHING: Pick<NodeInfo, 'requested' | 'pods'> = { requested: {}, pods: new Map() }

/** On the fleet as it were with nothing on it. Aircraft are not kept for a gang that they could never be enough for. */
function couldEverPlace(unit: Unit, { snapshot, verdicts }: KeeperDeps): boolean {
  const empty = new Map<string, NodeInfo>()
  for (const node of snapshot.nodes()) empty.set(node.name, { ...node, ...NOTHING })
  const plan = forkSnapshot({
    size: empty.size,
    get: (name) => empty.get(name),
    nodes: () => empty.values(),
    antiAffinePods: () => [],
  })
  return placeJointly([unit], plan, { verdicts }).unplaced.length === 0
}
