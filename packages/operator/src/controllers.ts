/** What every controller of the operator is made from, and how a decision of one is carried out. */
import type { Priority } from '@sortie/api'
import { type Client, createClient } from '@sortie/client'
import {
  ApiStatusError,
  type Clock,
  type Instant,
  type KubeObject,
  type Logger,
  type Random,
  SortieError,
} from '@sortie/machinery'
import {
  type ApplyDeps,
  type ControllerMetrics,
  createPace,
  createWriteBarrier,
  type EventRecorder,
  type InformerSelection,
  type InformerSource,
  NAME_TAKEN,
  PlanError,
} from '@sortie/runtime'
import type { OperatorConfig } from './config.ts'

export interface ControllerDeps {
  readonly informers: InformerSource
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly config: OperatorConfig
  readonly metrics?: ControllerMetrics
}

/**
 * The means of a controller to write: a client that writes under its own field manager, and a
 * barrier over the informers of the types that it writes.
 */
export function writingFor(
  deps: ControllerDeps,
  fieldManager: string,
  written: Parameters<typeof createWriteBarrier>[0],
): ApplyDeps {
  const { clock, random, recorder } = deps
  const client = createClient(deps.client.transport, { clock, random, fieldManager })
  return { client, recorder, barrier: createWriteBarrier(written), pace: createPace(clock) }
}

/** Informers see the namespaces that the operator is to look after. */
export function selectionOf({ config }: ControllerDeps): InformerSelection {
  return config.namespace === undefined ? {} : { namespace: config.namespace }
}

/** Order of a controller's work queue by mission priority. */
export function queuePriority(priority: Priority | undefined): number {
  return QUEUE_PRIORITIES[priority ?? 'medium']
}

const QUEUE_PRIORITIES: Readonly<Record<Priority, number>> = {
  low: -1,
  medium: 0,
  high: 1,
  critical: 2,
}

/**
 * Names of children that turned out to belong to someone else: by the API server's answer, not by a cache, which may hold what is
 * long gone. Another process would then make the child under the usual name, and it would fly twice.
 */
export interface TakenNames {
  has(name: string): boolean
  add(name: string): unknown
}

/**
 * What to do about a plan that failed: where nothing but names was in the way, they are noted and
 * the parent is looked at again at once, so that its children get other names. Everything else is
 * thrown.
 */
export function noteTakenNames(
  error: unknown,
  taken: TakenNames,
  now: Instant,
): { readonly requeueAt: Instant } {
  if (!(error instanceof PlanError)) throw error
  const names = error.failures.map((failure) =>
    isNameTaken(failure.error) && failure.operation.kind === 'create'
      ? failure.operation.object.metadata.name
      : undefined,
  )
  for (const name of names) {
    if (name === undefined || taken.has(name)) throw error
    taken.add(name)
  }
  return { requeueAt: now }
}

/**
 * Tells people what the server refused for good, as far as it can tell: an event about the object
 * that it was for.
 */
export function recordRefusals(
  error: unknown,
  regarding: KubeObject,
  recorder: EventRecorder,
): void {
  if (!(error instanceof PlanError)) return
  for (const failure of error.failures) {
    const refusal = failure.error
    if (!(refusal instanceof ApiStatusError) || !REFUSALS.has(refusal.code)) continue
    recorder.record(regarding, { type: 'Warning', reason: 'Refused', message: refusal.message })
  }
}

/** Forbidden (quota, admission), too large, invalid: what does not go away by trying again. */
const REFUSALS: ReadonlySet<number> = new Set([403, 413, 422])

function isNameTaken(error: unknown): boolean {
  return error instanceof SortieError && error.code === NAME_TAKEN
}
