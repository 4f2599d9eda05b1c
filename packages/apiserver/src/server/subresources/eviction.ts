/** pods/eviction: a deletion that respects disruption budgets. */
import {
  formatTime,
  isJsonObject,
  labelSelectorOf,
  matchesLabels,
  statusError,
} from '@sortie/machinery'
import type { WriteContext } from '../../registry/definition.ts'
import { deleteObject } from '../../registry/delete.ts'
import { badRequest, notFound } from '../../registry/failures.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../../request/body.ts'
import { type Fields, listOf, objectOf, textOf } from '../../resources/pods/fields.ts'
import type { ApiObject, StoredObject } from '../../store/index.ts'
import { type Answer, answerWith } from '../answer.ts'
import { type Call, placeOfCall, writeContext } from '../call.ts'
import { deleteOptionsFrom } from '../deleteoptions.ts'

const BUDGETS = 'policy/poddisruptionbudgets'
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Pending'])

export function evictPod(call: Call): Answer {
  const { definition, parts } = call
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  const fields = requireObject(decodeBody(call.request.body, type))
  const { name } = objectOf(fields, 'metadata')
  if (name !== undefined && name !== call.path.name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  const options = deleteOptionsFrom(objectOf(fields, 'deleteOptions'), call.query)
  const place = placeOfCall(call)
  const pod = parts.store.get(definition.storage, place)
  if (pod === undefined) throw notFound(definition, place.name)
  const context = writeContext(call, options)
  context.review?.({
    operation: 'CREATE',
    definition,
    subresource: 'eviction',
    object: evictionOf(fields),
    kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  })
  const { review: _, ...unreviewed } = context
  if (needsBudget(pod)) spendBudget(pod, context)
  if (!options.dryRun && pod.metadata.deletionTimestamp === undefined && needsBudget(pod)) {
    parts.store.put(definition.storage, withDisruption(pod, formatTime(parts.clock.now())))
  }
  deleteObject({ definition, place, options }, unreviewed)
  return answerWith(201, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  })
}

function evictionOf(fields: Fields): ApiObject {
  return {
    ...fields,
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: objectOf(fields, 'metadata'),
  }
}

/** Budgets do not protect a pod that does no work: one that waits, has ended, or is being deleted. */
function needsBudget(pod: StoredObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false
  return !ENDED.has(textOf(objectOf(pod, 'status'), 'phase'))
}

function withDisruption(pod: StoredObject, now: string): StoredObject {
  const status = objectOf(pod, 'status')
  const others = listOf(status, 'conditions').filter((one) => one['type'] !== 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: now,
  }
  return { ...pod, status: { ...status, conditions: [...others, condition] } }
}

/** @throws ApiStatusError TooManyRequests where the budget allows no disruption now */
function spendBudget(pod: StoredObject, context: WriteContext): void {
  const budgets = context.store
    .list(BUDGETS, pod.metadata.namespace ?? '')
    .filter((budget) => covers(budget, pod))
  const [budget] = budgets
  if (budget === undefined) return
  if (budgets.length > 1) {
    throw statusError('InternalError', {
      message:
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    })
  }
  const status = objectOf(budget, 'status')
  const allowed = Number(status['disruptionsAllowed'] ?? 0)
  if (allowed <= 0) throw violation(budget, status)
  if (context.dryRun) return
  const disrupted = {
    ...objectOf(status, 'disruptedPods'),
    [pod.metadata.name]: formatTime(context.clock.now()),
  }
  context.store.put(BUDGETS, {
    ...budget,
    status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods: disrupted },
  })
}

function covers(budget: StoredObject, pod: StoredObject): boolean {
  const { selector } = objectOf(budget, 'spec')
  if (!isJsonObject(selector)) return false
  return matchesLabels(labelSelectorOf(selector), pod.metadata.labels)
}

function violation(budget: StoredObject, status: Fields): Error {
  const wanted = Number(status['desiredHealthy'] ?? 0)
  const healthy = Number(status['currentHealthy'] ?? 0)
  return statusError('TooManyRequests', {
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    causes: [
      {
        reason: 'DisruptionBudget',
        message: `The disruption budget ${budget.metadata.name} needs ${wanted} healthy pods and has ${healthy} currently`,
      },
    ],
  })
}
