/** The controller of weapons: where they are deployed, what they fit, and what a new image does. */
import {
  AIRCRAFT,
  FIELD_MANAGERS,
  FLIGHT_TASKS,
  type FlightTask,
  WEAPONS,
  type Weapon,
} from '@sortie/api'
import type { Informer } from '@sortie/client'
import {
  type Instant,
  type KubeObject,
  keyOf,
  NODES,
  type NodeObject,
  type Pod,
  type Stored,
  soonest,
} from '@sortie/machinery'
import {
  type ApplyDeps,
  applyPlan,
  type Controller,
  createController,
  type ReconcileResult,
  type Source,
} from '@sortie/runtime'
import { type ControllerDeps, selectionOf, writingFor } from '../controllers.ts'
import { readPod, taskPods, WEAPON_INDEX, weaponsOfPod } from '../pod/index.ts'
import { decideWeapon, weaponUrgency } from './decide.ts'
import { createFleetTypes, type FleetTypes } from './fleettypes.ts'
import { observeWeapon } from './observation.ts'

/** Counters of a weapon move at most that often. */
const COUNTERS_MS = 1000
/** Tasks whose pod was given up and is not there again, by the names of the weapons that they carry. */
const AWAITED_INDEX = 'awaitedWeapon'

interface Parts {
  readonly deps: ControllerDeps
  readonly writing: ApplyDeps
  readonly weapons: Informer<Weapon>
  readonly tasks: Informer<FlightTask>
  readonly pods: Informer<Pod>
  readonly fleet: FleetTypes
  /** Since when counters wait to be written, by key. */
  readonly waiting: Map<string, Instant>
}

/** Creates the controller; it is to be added to a manager on the informers that it asks for. */
export function createWeaponController(deps: ControllerDeps): Controller {
  const weapons = deps.informers.informer<Weapon>(WEAPONS, selectionOf(deps))
  const tasks = deps.informers.informer<FlightTask>(FLIGHT_TASKS, selectionOf(deps))
  tasks.addIndexer(AWAITED_INDEX, awaitedWeapons)
  const pods = taskPods(deps.informers, deps.config.namespace)
  const nodes = deps.informers.informer<NodeObject>(NODES)
  const writing = writingFor(deps, FIELD_MANAGERS.weapon, [weapons, pods])
  const fleet = createFleetTypes()
  const parts: Parts = { deps, writing, weapons, tasks, pods, fleet, waiting: new Map() }
  return createController<Weapon>({
    ...deps,
    name: 'weapon',
    primary: weapons,
    sources: [carrierSource(pods), fleetSource(parts, nodes)],
    barrier: writing.barrier,
    reconcile: (key) => reconcileWeapon(parts, key),
    workers: deps.config.workers,
  })
}

function awaitedWeapons({ spec, status }: Stored<FlightTask>): readonly string[] {
  const isAwaited = status?.conditions?.some(
    ({ type, status: is, reason }) => type === 'Retrying' && is === 'True' && reason === 'Replaced',
  )
  return isAwaited === true ? (spec.weaponLoadout ?? []).map(({ weaponRef }) => weaponRef.name) : []
}

/** A pod concerns its weapons when it comes, goes, gets a node, starts, ends, or changes an image. */
function carrierSource(pods: Informer<Pod>): Source {
  return {
    hasSynced: () => pods.hasSynced(),
    whenSynced: (signal) => pods.whenSynced(signal),
    connect(enqueue) {
      const wake = (pod: Stored<Pod>): void => {
        for (const key of new Set(weaponsOfPod(pod.metadata.annotations).values())) enqueue(key)
      }
      return pods.addHandler({
        onAdd: wake,
        onUpdate(old, pod) {
          if (signature(old) !== signature(pod)) wake(pod)
        },
        onDelete: wake,
      })
    },
  }
}

function signature(pod: Stored<Pod>): string {
  if (weaponsOfPod(pod.metadata.annotations).size === 0) return ''
  const { finished, started, node, deletedAt, replace } = readPod(pod)
  const images = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
    ({ image }) => image,
  )
  return JSON.stringify([finished, started, node, deletedAt, replace, images])
}

/** A new aircraft type, or the last of one that goes, concerns every weapon. */
function fleetSource({ weapons, fleet }: Parts, nodes: Informer<NodeObject>): Source {
  return {
    hasSynced: () => nodes.hasSynced(),
    whenSynced: (signal) => nodes.whenSynced(signal),
    connect(enqueue) {
      const wakeIf = (changed: boolean): void => {
        if (!changed) return
        for (const weapon of weapons.list()) enqueue(keyOf(weapon as KubeObject))
      }
      const typeOf = ({ metadata }: Stored<NodeObject>) => metadata.labels?.[AIRCRAFT.type]
      const stop = nodes.addHandler({
        onAdd: (node) => wakeIf(fleet.move(undefined, typeOf(node))),
        onUpdate: (old, node) => wakeIf(fleet.move(typeOf(old), typeOf(node))),
        onDelete: (node) => wakeIf(fleet.move(typeOf(node), undefined)),
      })
      return () => {
        stop()
        fleet.clear()
      }
    },
  }
}

async function reconcileWeapon(parts: Parts, key: string): Promise<ReconcileResult> {
  const weapon = parts.weapons.get(key)
  if (weapon === undefined) {
    parts.waiting.delete(key)
    parts.writing.barrier.forget(key)
    return undefined
  }
  const now = parts.deps.clock.now()
  const observed = observeWeapon(weapon, {
    pods: parts.pods.byIndex(WEAPON_INDEX, key),
    awaited: parts.tasks.byIndex(AWAITED_INDEX, weapon.metadata.name).length,
    fleetTypes: parts.fleet.types(),
  })
  const plan = decideWeapon(observed, now)
  const urgency = weaponUrgency(observed.status, plan.status)
  const since = Math.min(parts.waiting.get(key) ?? now, now)
  const isWritten = urgency === 'now' || (urgency === 'counters' && since + COUNTERS_MS <= now)
  if (urgency === 'counters' && !isWritten) parts.waiting.set(key, since)
  else parts.waiting.delete(key)
  const countersAt = urgency === 'counters' && !isWritten ? since + COUNTERS_MS : undefined
  return applyPlan(
    parts.writing,
    { type: WEAPONS, object: weapon },
    {
      operations: plan.operations,
      // An old view of the weapon would put its former image back.
      ifCurrent: true,
      ...(isWritten ? { status: plan.status, events: plan.events } : {}),
      requeueAt: soonest(plan.requeueAt, countersAt),
    },
  )
}
