/**
 * A model of one task's world: a stored status, pods, a node, a scheduler, a kubelet and people. It carries out what `decideTask`
 * says, so that random runs can be checked against what must always hold.
 */
import type { FlightTaskStatus } from '@sortie/api'
import { type Pod, type Random, seededRandom } from '@sortie/machinery'
import { type PodFacts, readPod } from '../pod/index.ts'
import { decideTask } from './decide.ts'
import { at, makePod, NOW, observe } from './fixtures.ts'
import { gather, urgencyOf, type Waiting } from './gathering.ts'
import { hasEnded, type TaskObservation } from './observation.ts'

/** What may happen between two looks of the controller. */
export const HAPPENINGS = [
  'bind',
  'run',
  'succeed',
  'fail',
  'evict',
  'stickAtImage',
  'deleteByHand',
  'terminate',
  'loseNode',
  'restoreNode',
  'cancel',
  'suspend',
  'resume',
  'crash',
  'crashBeforeActing',
  'second',
  'minute',
] as const
export type Happening = (typeof HAPPENINGS)[number]

interface LivePod {
  readonly uid: string
  readonly name: string
  readonly retry: number
  node: string | undefined
  state: 'new' | 'stuck' | 'running' | 'succeeded' | 'failed' | 'evicted'
  startedAt: number | undefined
  endedAt: number | undefined
  deletedAt: number | undefined
}

export class World {
  readonly #random: Random
  readonly #spec: object
  readonly pods = new Map<string, LivePod>()
  status: FlightTaskStatus = { phase: 'Pending' }
  seconds = 0
  cancelled = false
  suspended = false
  nodeLost = false
  lostSince = 0
  writes = 0
  created = 0
  /** Pods that were made, by name and how often. */
  readonly births: string[] = []
  #waiting: Waiting = {}
  #ghost: PodFacts | undefined
  #serial = 0

  constructor(spec: object, seed: number) {
    this.#spec = spec
    this.#random = seededRandom(seed)
  }

  live(): readonly LivePod[] {
    return [...this.pods.values()].filter(
      ({ state }) => !['succeeded', 'failed', 'evicted'].includes(state),
    )
  }

  happen(what: Happening): void {
    const pod = this.live().at(-1)
    const ends: Partial<Record<Happening, LivePod['state']>> = {
      succeed: 'succeeded',
      fail: 'failed',
      evict: 'evicted',
      stickAtImage: 'stuck',
      run: 'running',
    }
    if (what === 'second') this.seconds += 1
    else if (what === 'minute') this.seconds += 60
    else if (what === 'cancel') this.cancelled = true
    else if (what === 'suspend') this.suspended = true
    else if (what === 'resume') this.suspended = false
    else if (what === 'loseNode') this.#loseNode()
    else if (what === 'restoreNode') this.nodeLost = false
    else if (what === 'crash') this.#forget()
    else if (what === 'crashBeforeActing') this.look({ dies: true })
    else if (pod === undefined) return
    else if (what === 'bind') pod.node ??= 'viper-1'
    else if (what === 'deleteByHand') pod.deletedAt ??= this.seconds
    else if (what === 'terminate') this.#terminate(pod)
    else this.#play(pod, ends[what] ?? pod.state)
  }

  #loseNode(): void {
    if (!this.nodeLost) this.lostSince = this.seconds
    this.nodeLost = true
  }

  #forget(): void {
    this.#waiting = {}
    this.#ghost = undefined
  }

  /** The kubelet goes on with a pod that it has. */
  #play(pod: LivePod, state: LivePod['state']): void {
    if (pod.node === undefined || this.nodeLost) return
    if (state === 'stuck' && pod.state !== 'new') return
    if (state === 'succeeded' || state === 'failed') pod.startedAt ??= this.seconds
    if (state === 'running') pod.startedAt ??= this.seconds
    pod.state = state
    if (state !== 'running' && state !== 'stuck') pod.endedAt = this.seconds
  }

  /** A pod that is being deleted goes. */
  #terminate(pod: LivePod): void {
    if (pod.deletedAt !== undefined && !(this.nodeLost && pod.node !== undefined)) this.#remove(pod)
  }

  #remove(pod: LivePod): void {
    this.#ghost = this.facts(pod)
    this.pods.delete(pod.uid)
  }

  facts(pod: LivePod): PodFacts {
    return readPod(this.#object(pod) as never)
  }

  #object(pod: LivePod): Pod {
    const { state, startedAt, endedAt, deletedAt } = pod
    const phases = {
      new: 'Pending',
      stuck: 'Pending',
      running: 'Running',
      succeeded: 'Succeeded',
      failed: 'Failed',
      evicted: 'Failed',
    }
    const started = startedAt === undefined ? {} : { startedAt: at(startedAt) }
    const finished = { ...started, finishedAt: at(endedAt ?? this.seconds) }
    const states = {
      new: { waiting: { reason: 'ContainerCreating' } },
      stuck: { waiting: { reason: 'ErrImagePull' } },
      running: { running: started },
      succeeded: { terminated: { exitCode: 0, ...finished } },
      failed: { terminated: { exitCode: 1, ...finished } },
      evicted:
        startedAt === undefined
          ? { waiting: { reason: 'ContainerCreating' } }
          : { terminated: { exitCode: 137, ...finished } },
    }
    return makePod({
      name: pod.name,
      uid: pod.uid,
      retry: pod.retry,
      phase: phases[state],
      ...(pod.node === undefined ? {} : { node: pod.node, state: states[state] as never }),
      ...(state === 'evicted'
        ? {
            status: {
              reason: 'Evicted',
              containerStatuses: [{ name: 'task', state: states.evicted }] as never,
            },
          }
        : {}),
      ...(deletedAt === undefined
        ? {}
        : { metadata: { deletionTimestamp: at(deletedAt + 30), deletionGracePeriodSeconds: 30 } }),
    }) as unknown as Pod
  }

  observe(): TaskObservation {
    const spec = { ...this.#spec, ...(this.cancelled ? { cancel: true } : {}) }
    const troubled = this.nodeLost
      ? [['viper-1', { notReadySince: NOW + this.lostSince * 1000 }] as const]
      : []
    return observe({
      spec,
      status: this.status,
      suspended: this.suspended,
      pods: [...this.pods.values()].map((pod) => this.facts(pod)),
      troubledNodes: new Map(troubled),
      ghost: this.#ghost,
    })
  }

  /** One look of the controller. @param dies after it has decided and recorded, before it acts */
  look({ dies = false } = {}): boolean {
    const now = NOW + this.seconds * 1000
    const observed = this.observe()
    let plan = decideTask(observed, { now, random: this.#random })
    if (plan.askForPod === true)
      plan = decideTask({ ...observed, podConfirmedGone: true }, { now, random: this.#random })
    const urgency = urgencyOf(this.status, plan.status)
    const gathered = gather(urgency, this.#waiting, now)
    const isWritten = gathered.write || (plan.recordFirst === true && urgency !== 'none')
    this.#waiting = isWritten ? {} : gathered.waiting
    const write = (): void => {
      if (!isWritten) return
      this.status = plan.status
      this.writes++
    }
    if (plan.recordFirst === true) write()
    if (dies) {
      this.#forget()
      return true
    }
    for (const operation of plan.operations) {
      if (operation.kind === 'create') this.#create(operation.object as Pod)
      if (operation.kind === 'delete') this.#delete(operation.ref.uid, operation.gracePeriodSeconds)
    }
    if (plan.recordFirst !== true) write()
    if (plan.recordFirst === true) this.#ghost = undefined
    return isWritten || plan.operations.length > 0
  }

  #create(pod: Pod): void {
    const name = pod.metadata.name ?? ''
    if ([...this.pods.values()].some((held) => held.name === name)) return
    const retry = Number(pod.metadata.annotations?.['airforce.airforce.mil/attempt'])
    const uid = `uid-${this.#serial++}`
    this.created++
    this.births.push(name)
    this.pods.set(uid, {
      uid,
      name,
      retry,
      node: undefined,
      state: 'new',
      startedAt: undefined,
      endedAt: undefined,
      deletedAt: undefined,
    })
  }

  #delete(uid: string, grace: number | undefined): void {
    const pod = this.pods.get(uid)
    if (pod === undefined) return
    const hasEnded = this.facts(pod).finished
    if (grace === 0 || pod.node === undefined || hasEnded) this.#remove(pod)
    else pod.deletedAt ??= this.seconds
  }

  /** Lets the controller look until it stands still; the number of looks that changed something. */
  settle(): number {
    let changes = 0
    for (let look = 0; look < 40; look++) {
      if (this.look()) changes++
      for (const pod of [...this.pods.values()]) this.#terminate(pod)
      this.seconds += 0.5
    }
    return changes
  }

  get isOver(): boolean {
    return hasEnded(this.status)
  }
}
