/** pods/binding: gives a pod its node, once. */
import { formatTime, isJsonObject, type KubeObject } from '@sortie/machinery'
import { badRequest, conflict, notFound, plainError } from '../../registry/failures.ts'
import { untracked } from '../../registry/fieldtracker.ts'
import { updateObject } from '../../registry/update.ts'
import { decodeBody, mediaTypeOf, requireObject } from '../../request/body.ts'
import { parseWriteQuery } from '../../request/query.ts'
import { listOf, objectOf, textOf } from '../../resources/pods/fields.ts'
import type { ApiObject, StoredObject } from '../../store/index.ts'
import { type Answer, answerWith } from '../answer.ts'
import { type Call, writeContext } from '../call.ts'

const BINDINGS = { group: '', plural: 'pods/binding' }
const PODS = { group: '', plural: 'pods' }

/** The body may name the pod: then it is a Binding posted to the collection of bindings. */
export function bindPod(call: Call): Answer {
  const options = parseWriteQuery(call.query, 'CreateOptions')
  const binding = readBinding(call)
  const name = call.path.name || String(binding.metadata.name ?? '')
  const place = { namespace: call.path.namespace, name }
  const definition = call.parts.catalog.findResource('', 'pods')
  if (definition === undefined) throw notFound(PODS, name)
  const node = targetOf(binding)
  const bindTime = formatTime(call.parts.clock.now())
  const change = (pod: StoredObject | undefined): ApiObject => {
    if (pod === undefined) throw notFound(PODS, name)
    refuse(pod, binding)
    return bound(pod, { node, bindTime, annotations: binding.metadata.annotations ?? {} })
  }
  const context = writeContext(call, options)
  context.review?.({
    operation: 'CREATE',
    definition,
    subresource: 'binding',
    object: binding,
    kind: { group: '', version: 'v1', kind: 'Binding' },
  })
  const { review: _, ...unreviewed } = context
  // The binding changes what nobody else may: the pod's spec, its annotations and its status at once.
  const free = { ...definition, hasStatus: false, strategy: { generation: 'spec' as const } }
  updateObject(
    {
      definition: free,
      place,
      subresource: 'binding',
      change,
      createsMissing: false,
      unconditional: true,
      tracker: untracked,
    },
    unreviewed,
  )
  return answerWith(201, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  })
}

function readBinding(call: Call): ApiObject {
  const type = mediaTypeOf(call.request.headers?.['content-type'])
  const fields = requireObject(decodeBody(call.request.body, type))
  const metadata = isJsonObject(fields['metadata']) ? fields['metadata'] : {}
  const name = metadata['name'] ?? ''
  if (name !== '' && call.path.name !== '' && name !== call.path.name) {
    throw badRequest(`name in URL does not match name in Binding object`)
  }
  return { apiVersion: 'v1', kind: 'Binding', metadata: { ...metadata }, target: fields['target'] }
}

/** @throws ApiStatusError 500 without reason, as the API server has it */
function targetOf(binding: ApiObject): string {
  const target = objectOf(binding, 'target')
  const node = textOf(target, 'name')
  if (node !== '') return node
  throw plainError('target.name: Required value')
}

function refuse(pod: StoredObject, binding: KubeObject): void {
  const { name, uid, deletionTimestamp } = pod.metadata
  const wanted = binding.metadata.uid ?? ''
  if (wanted !== '' && wanted !== uid) {
    const found = `UID in precondition: ${wanted}, UID in object meta: ${uid}`
    throw conflict(BINDINGS, name, `Precondition failed: ${found}`)
  }
  const spec = objectOf(pod, 'spec')
  const node = textOf(spec, 'nodeName')
  if (deletionTimestamp !== undefined) {
    throw conflict(BINDINGS, name, `pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (node !== '') {
    throw conflict(BINDINGS, name, `pod ${name} is already assigned to node "${node}"`)
  }
  if (listOf(spec, 'schedulingGates').length > 0) {
    throw conflict(BINDINGS, name, `pod ${name} has non-empty .spec.schedulingGates`)
  }
}

interface BindingEffect {
  readonly node: string
  readonly bindTime: string
  readonly annotations: Readonly<Record<string, string>>
}

function bound(pod: StoredObject, { node, bindTime, annotations }: BindingEffect): ApiObject {
  const added = Object.keys(annotations).length > 0
  const metadata = added
    ? { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } }
    : pod.metadata
  const status = objectOf(pod, 'status')
  const others = listOf(status, 'conditions').filter((one) => one['type'] !== 'PodScheduled')
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: bindTime,
  }
  return {
    ...pod,
    metadata,
    spec: { ...objectOf(pod, 'spec'), nodeName: node },
    status: { ...status, conditions: [...others, scheduled] },
  }
}
