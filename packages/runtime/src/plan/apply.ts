/** The one place where what controllers decided is written. */
import type { Client } from '@sortie/client'
import {
  ApiStatusError,
  controllerOf,
  createMergePatch,
  type Instant,
  isAlreadyExists,
  isInvalid,
  isNotFound,
  type JsonObject,
  type KubeObject,
  keyOf,
  type ResourceType,
  SortieError,
  type Stored,
  soonest,
} from '@sortie/machinery'
import type { EventRecorder } from '../events/recorder.ts'
import type { WriteBarrier } from './barrier.ts'
import { refTo } from './operations.ts'
import type { Pace, StatusWrite } from './pace.ts'
import type {
  ApplyResult,
  CreateOperation,
  DeleteOperation,
  Operation,
  OperationFailure,
  PatchOperation,
  Plan,
} from './plan.ts'

/** Requests of one plan that are under way at the same time. */
const PLAN_CONCURRENCY = 16
/** Of what was written only the resourceVersion is looked at. */
const ANSWER = { answer: 'metadata' } as const

export interface ApplyDeps {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly barrier: WriteBarrier
  readonly pace: Pace
}

/** The owner of a plan: the object whose status the plan is about. */
export interface PlanOwner<T extends KubeObject> {
  readonly type: ResourceType
  readonly object: Stored<T>
}

/** Operations of a plan that failed. `failures` has each with its own error; `cause` is the first. */
export class PlanError extends SortieError {
  readonly failures: readonly OperationFailure[]

  constructor(failures: readonly OperationFailure[]) {
    const first = failures[0]?.error
    const kind = failures.every(({ error }) => isTerminal(error)) ? 'terminal' : 'retryable'
    super(kind, messageOf(first), { code: 'PlanFailed', cause: first })
    this.failures = failures
  }
}

/**
 * Carries out a plan: operations in order, the status where it differs, then the events. A failed operation does not keep the
 * others from being tried; the status is written all the same, but observedGeneration stays where it was. So it does while something
 * that is undone time and again waits to be done once more, where what was to be made was there already, and in a status that is
 * written first or beside: what it says of the generation has not been done yet. A plan that must not be made from an old view, and
 * was, is dropped.
 * @throws PlanError when operations failed, ApiStatusError or TransportError when the status could not be written
 */
export async function applyPlan<T extends KubeObject & { readonly status?: unknown }>(
  deps: ApplyDeps,
  owner: PlanOwner<T>,
  plan: Plan,
): Promise<ApplyResult> {
  const key = keyOf(owner.object as KubeObject)
  const { operations = [] } = plan
  const { due, waitUntil } = holdBack(operations, deps.pace)
  const whole = statusWriteOf(owner, plan.status)
  // A second leader whose view is old takes back each time what is said.
  const silentUntil = whole === undefined ? undefined : deps.pace.waitUntil(whole)
  const requeueAt = soonest(plan.requeueAt, waitUntil, silentUntil)
  const unsaid = { requeueAt, unsaid: true }
  if (silentUntil !== undefined && plan.statusFirst === true) return unsaid
  const write = async (status: unknown): Promise<boolean> => {
    const said = status === plan.status ? whole : statusWriteOf(owner, status)
    if (said === undefined || silentUntil !== undefined) return false
    await writeStatus(deps, owner, { ...said, stamp: plan.stamp })
    return true
  }
  const early = operations.length > 0 ? beforeActing(owner.object, plan.status) : plan.status
  const isRecorded = plan.statusFirst === true && (await write(early))
  const isToAsk = due.length > 0 && !isRecorded && mustBeCurrent(plan)
  if (isToAsk && !(await isCurrent(deps, owner)))
    return whole === undefined ? { requeueAt } : unsaid
  const acting = runOperations(deps, key, due)
  if (plan.statusBeside === true) await both(write(early), acting)
  const { failures, found, refused } = await acting
  if (refused !== undefined) return { refused }
  if (plan.statusFirst !== true && plan.statusBeside !== true) {
    const isWhole = failures.length === 0 && !found && waitUntil === undefined
    await write(isWhole ? plan.status : keepGeneration(owner.object, plan.status))
  }
  if (silentUntil === undefined) tell(deps, owner, plan.events)
  if (failures.length > 0) throw new PlanError(failures)
  return silentUntil === undefined ? { requeueAt } : unsaid
}

function tell<T extends KubeObject>(
  { recorder }: ApplyDeps,
  { object }: PlanOwner<T>,
  events: Plan['events'] = [],
): void {
  for (const event of events) recorder.record(event.regarding ?? (object as KubeObject), event)
}

/** Undefined where nothing differs. */
function statusWriteOf<T extends KubeObject>(
  { type, object }: PlanOwner<T>,
  status: unknown,
): StatusWrite | undefined {
  if (status === undefined) return undefined
  const held = (object as { readonly status?: JsonObject }).status ?? {}
  const difference = createMergePatch(held, status as JsonObject) as JsonObject | undefined
  if (difference === undefined || Object.keys(difference).length === 0) return undefined
  return { kind: 'status', type, ref: refTo(object), difference }
}

/** Resolves or throws as the first does, once the second has ended too: what is under way is not left behind. */
async function both(first: Promise<unknown>, second: Promise<unknown>): Promise<void> {
  const [outcome] = await Promise.allSettled([first, second])
  if (outcome.status === 'rejected') throw outcome.reason
}

/** A status that was written says so by itself: the server takes it for that very version only. */
function mustBeCurrent({ statusFirst, ifCurrent }: Plan): boolean {
  return statusFirst === true || ifCurrent === true
}

/** Whether the API server has the owner in this version. Where it has another the cache will have it too, and there is a next look. */
async function isCurrent<T extends KubeObject>(
  { client }: ApplyDeps,
  { type, object }: PlanOwner<T>,
): Promise<boolean> {
  const { namespace, name, uid, resourceVersion } = object.metadata
  // A list of one: parts may list what they watch, not get it.
  const { items } = await client.resource(type).list({
    ...(namespace === undefined ? {} : { namespace }),
    fieldSelector: `metadata.name=${name}`,
  })
  return items.some(
    ({ metadata }) => metadata.uid === uid && metadata.resourceVersion === resourceVersion,
  )
}

/** Leaves out what must wait to be done again. */
function holdBack(operations: readonly Operation[], pace: Pace) {
  let waitUntil: Instant | undefined
  const due = operations.filter((operation) => {
    const until = pace.waitUntil(operation)
    waitUntil = soonest(waitUntil, until)
    return until === undefined
  })
  return { due, waitUntil }
}

interface Outcome {
  readonly failures: readonly OperationFailure[]
  /** Something that was to be made was there already, perhaps as an earlier generation asked for it. */
  readonly found: boolean
  readonly refused?: OperationFailure
}

async function runOperations(
  deps: ApplyDeps,
  key: string,
  operations: readonly Operation[],
): Promise<Outcome> {
  const failures: OperationFailure[] = []
  let found = false
  for (const group of groupsOf(operations)) {
    await runGroup(group, async (operation) => {
      try {
        const outcome = await runOperation(deps, key, operation)
        found ||= outcome === 'found'
        deps.pace.note(operation)
      } catch (error) {
        failures.push({ operation, error })
      }
    })
    const refused = failures.find(({ operation, error }) => isRefusal(operation, error))
    if (refused !== undefined) return { failures, found, refused }
  }
  return { failures, found }
}

function isRefusal(operation: Operation, error: unknown): boolean {
  return operation.kind === 'create' && operation.refusable === true && isInvalid(error)
}

/** Runs at most PLAN_CONCURRENCY at a time, starting them in order. */
async function runGroup(
  group: readonly Operation[],
  run: (operation: Operation) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let operation = group[next++]; operation !== undefined; operation = group[next++]) {
      await run(operation)
    }
  }
  await Promise.all(Array.from({ length: Math.min(PLAN_CONCURRENCY, group.length) }, worker))
}

/** Splits into runs of neighbours that may go side by side: same kind of operation on the same type. */
function groupsOf(operations: readonly Operation[]): Operation[][] {
  const groups: Operation[][] = []
  for (const operation of operations) {
    const group = groups.at(-1)
    const first = group?.[0]
    if (first?.kind === operation.kind && first.type === operation.type) group?.push(operation)
    else groups.push([operation])
  }
  return groups
}

function runOperation(
  deps: ApplyDeps,
  key: string,
  operation: Operation,
): Promise<'found' | undefined> {
  switch (operation.kind) {
    case 'create':
      return create(deps, key, operation)
    case 'patch':
      return patch(deps, key, operation)
    case 'delete':
      return remove(deps, key, operation)
  }
}

async function create(
  deps: ApplyDeps,
  key: string,
  operation: CreateOperation,
): Promise<'found' | undefined> {
  const resource = deps.client.resource(operation.type)
  try {
    const created = await resource.create(operation.object, ANSWER)
    deps.barrier.wrote(key, operation.type, created.metadata.resourceVersion)
    return undefined
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const { namespace, name = '' } = operation.object.metadata
    const held = await resource.get(namespace === undefined ? { name } : { namespace, name })
    if (!hasSameController(held, operation.object)) throw notOurs(operation, held)
    deps.barrier.wrote(key, operation.type, held.metadata.resourceVersion)
    return 'found'
  }
}

function hasSameController(held: KubeObject, wanted: KubeObject): boolean {
  const owner = controllerOf(wanted)
  return owner !== undefined && controllerOf(held)?.uid === owner.uid
}

/** Code of the error where an object that is not ours, and will stay, has the name of one that a plan creates. */
export const NAME_TAKEN = 'NameTaken'
/** Code where it belongs to a former owner of the same name, and is about to go. */
export const NAME_NOT_FREE = 'NameNotFree'

/** What a former object under our owner's name left is on its way out; anybody else's stays. */
function notOurs(operation: CreateOperation, held: KubeObject): SortieError {
  const owner = controllerOf(held)
  const wanted = controllerOf(operation.object)
  if (owner !== undefined && owner.kind === wanted?.kind && owner.name === wanted.name) {
    return new SortieError(
      'retryable',
      `${operation.type.kind} ${keyOf(held)} of a former ${owner.kind} ${owner.name} is not gone yet`,
      { code: NAME_NOT_FREE },
    )
  }
  const whose = owner === undefined ? 'nobody that we know' : `${owner.kind} ${owner.name}`
  return new SortieError(
    'terminal',
    `${operation.type.kind} ${keyOf(held)} exists already and belongs to ${whose}; it is left alone`,
    { code: NAME_TAKEN },
  )
}

async function patch(deps: ApplyDeps, key: string, operation: PatchOperation): Promise<undefined> {
  const { uid, resourceVersion, ...ref } = operation.ref
  const written = await deps.client
    .resource(operation.type)
    .patch(ref, withPreconditions(operation), {
      ...ANSWER,
      ...(operation.subresource === undefined ? {} : { subresource: operation.subresource }),
    })
  deps.barrier.wrote(key, operation.type, written.metadata.resourceVersion)
}

/** A merge patch that names uid or resourceVersion is refused with a conflict by the server where they differ. */
function withPreconditions({ patch: wanted, ref }: PatchOperation): PatchOperation['patch'] {
  const metadata = {
    ...(ref.uid === undefined ? {} : { uid: ref.uid }),
    ...(ref.resourceVersion === undefined ? {} : { resourceVersion: ref.resourceVersion }),
  }
  if (wanted.type !== 'merge' || Object.keys(metadata).length === 0) return wanted
  const body = wanted.body as JsonObject
  return {
    type: 'merge',
    body: { ...body, metadata: { ...(body.metadata as object), ...metadata } },
  }
}

async function remove(
  deps: ApplyDeps,
  key: string,
  operation: DeleteOperation,
): Promise<undefined> {
  const { uid, resourceVersion, ...ref } = operation.ref
  try {
    const answer = await deps.client.resource(operation.type).delete(ref, {
      preconditions: resourceVersion === undefined ? { uid } : { uid, resourceVersion },
      ...(operation.gracePeriodSeconds === undefined
        ? {}
        : { gracePeriodSeconds: operation.gracePeriodSeconds }),
      ...(operation.propagationPolicy === undefined
        ? {}
        : { propagationPolicy: operation.propagationPolicy }),
    })
    deps.barrier.wrote(key, operation.type, answer.metadata.resourceVersion)
  } catch (error) {
    if (!isNotFound(error) && !isOtherObject(error)) throw error
  }
}

/** A precondition failed: what we wanted gone is gone, another object has its name, or it has changed, which will be seen. */
function isOtherObject(error: unknown): boolean {
  return error instanceof ApiStatusError && error.code === 409
}

async function writeStatus<T extends KubeObject & { readonly status?: unknown }>(
  { client, barrier, pace }: ApplyDeps,
  { type, object }: PlanOwner<T>,
  { stamp, ...write }: StatusWrite & { readonly stamp: Plan['stamp'] },
): Promise<void> {
  const { uid: _uid, ...ref } = write.ref
  const { resourceVersion } = object.metadata
  const body = { metadata: { resourceVersion }, status: { ...write.difference, ...stamp } }
  const written = await client
    .resource(type)
    .patch(ref, { type: 'merge', body }, { ...ANSWER, subresource: 'status' })
  pace.note(write)
  barrier.wrote(keyOf(object as KubeObject), type, written.metadata.resourceVersion)
}

/** observedGeneration says what was acted on: where acting failed it stays. */
function keepGeneration(object: object, status: unknown): unknown {
  if (status === undefined) return undefined
  const { observedGeneration: _wanted, ...rest } = status as JsonObject
  const held = (object as { status?: JsonObject }).status?.observedGeneration
  return held === undefined ? rest : { ...rest, observedGeneration: held }
}

/** A newer generation has not been followed yet; of the first there is nothing else to say. */
function beforeActing(object: object, status: unknown): unknown {
  const held = (object as { status?: JsonObject }).status?.observedGeneration
  return held === undefined ? status : keepGeneration(object, status)
}

function isTerminal(error: unknown): boolean {
  return error instanceof SortieError && error.kind === 'terminal'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
