/** Carries decisions out: POST pods/binding, so many at a time, with the reason in the binding's annotations. */
import { ANNOTATIONS, type AssignmentTrace } from '@sortie/api'
import type { Client } from '@sortie/client'
import type { Clock, Logger, Pod, Random } from '@sortie/machinery'
import { ApiStatusError, isConflict, isNotFound, PODS, sleep } from '@sortie/machinery'
import type { PodInfo } from './snapshot/podinfo.ts'

export interface Binding {
  readonly pod: PodInfo
  readonly node: string
  readonly trace: AssignmentTrace
}

/**
 * What became of a binding. `bound`: it holds, or another one does and the watch will tell. `refused`: not now, the
 * decision has to be made again. `gone`: the pod is no more.
 */
export type BindOutcome = 'bound' | 'refused' | 'gone'

export interface Binder {
  /** Queues it; `onDone` is called once it is known what came of it. */
  bind(binding: Binding, onDone: (outcome: BindOutcome) => void): void
  /** Bindings that have not come to an end. */
  readonly pending: number
  /** Resolves when none are under way. */
  idle(): Promise<void>
  /** Sends nothing more and asks after nothing: what has not come to an end is never heard of. */
  stop(): void
}

export interface BinderDeps {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly concurrency: number
}

/** Characters that an annotation may take to say why a pod has its aircraft: half of 8 KB, whatever the reasons' alphabet. */
const MAX_TRACE = 4_096
const RECHECK_MS = { first: 500, most: 10_000 }

interface Job {
  readonly binding: Binding
  onDone(outcome: BindOutcome): void
}

export function createBinder(deps: BinderDeps): Binder {
  const queue: Job[] = []
  const idlers: (() => void)[] = []
  const stopping = new AbortController()
  const { signal } = stopping
  let active = 0
  const pump = (): void => {
    while (active < deps.concurrency) {
      const job = queue.shift()
      if (job === undefined) break
      active++
      void bindOnce(deps, job.binding, signal).then((outcome) => {
        active--
        if (signal.aborted) return
        job.onDone(outcome)
        pump()
      })
    }
    if (active === 0) for (const resolve of idlers.splice(0)) resolve()
  }
  return {
    bind(binding, onDone) {
      queue.push({ binding, onDone })
      pump()
    },
    get pending() {
      return queue.length + active
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve)
        pump()
      }),
    stop() {
      stopping.abort()
      queue.length = 0
      for (const resolve of idlers.splice(0)) resolve()
    },
  }
}

async function bindOnce(
  deps: BinderDeps,
  binding: Binding,
  signal: AbortSignal,
): Promise<BindOutcome> {
  const { pod, node } = binding
  try {
    await deps.client
      .resource<Pod>(PODS)
      .createSubresource(keyOfPod(pod), 'binding', bindingObject(binding))
    return 'bound'
  } catch (error) {
    deps.log.debug('pod not bound', { pod: pod.key, node, error: String(error) })
    if (isNotFound(error)) return 'gone'
    if (error instanceof ApiStatusError && !isConflict(error) && error.code < 500) return 'refused'
    return findOut(deps, pod, signal)
  }
}

function keyOfPod({ pod, namespace }: PodInfo): {
  readonly namespace: string
  readonly name: string
} {
  return { namespace, name: pod.metadata.name }
}

/** Nobody can tell from a broken connection or a conflict whether the pod has a node: the server is asked until it says. */
async function findOut(deps: BinderDeps, pod: PodInfo, signal: AbortSignal): Promise<BindOutcome> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const found = await deps.client.resource<Pod>(PODS).get(keyOfPod(pod))
      if (found.metadata.uid !== pod.uid) return 'gone'
      return (found.spec.nodeName ?? '') === '' ? 'refused' : 'bound'
    } catch (error) {
      if (isNotFound(error)) return 'gone'
      if (error instanceof ApiStatusError && error.code < 500 && error.code !== 429)
        return 'refused'
    }
    const delay = Math.min(RECHECK_MS.most, RECHECK_MS.first * 2 ** tries)
    await sleep(deps.clock, delay * (0.5 + deps.random.next()), signal)
  }
  return 'refused'
}

function bindingObject({ pod, node, trace }: Binding): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: {
      name: pod.pod.metadata.name,
      namespace: pod.namespace,
      uid: pod.uid,
      annotations: { [ANNOTATIONS.assignment]: writeTrace(trace) },
    },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  }
}

/** What is left out of a trace that would be too long, one after the other. */
const EXPENDABLE = ['refusals', 'candidates', 'filters'] as const

/** As JSON, whole whatever its length. */
export function writeTrace(trace: AssignmentTrace): string {
  let text = JSON.stringify(trace)
  let rest: AssignmentTrace = trace
  for (const part of EXPENDABLE) {
    if (text.length <= MAX_TRACE) return text
    const { [part]: _, ...shorter } = rest
    rest = shorter
    text = JSON.stringify(rest)
  }
  return text
}
