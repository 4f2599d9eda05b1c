/** The scale subresource: replicas of any kind that has them, as autoscaling/v1 Scale. */
import { getPath, isJsonObject, setPath } from '@sortie/machinery'
import type { ScaleDefinition } from '../../registry/definition.ts'
import {
  conflict,
  invalidObject,
  MODIFIED,
  notFound,
  pathNotFound,
} from '../../registry/failures.ts'
import { untracked } from '../../registry/fieldtracker.ts'
import { updateObject } from '../../registry/update.ts'
import { parseWriteQuery } from '../../request/query.ts'
import { objectOf } from '../../resources/pods/fields.ts'
import { invalid } from '../../schema/fielderror.ts'
import type { ApiObject, StoredObject } from '../../store/index.ts'
import { type Answer, answerWith } from '../answer.ts'
import { type Call, placeOfCall, writeContext } from '../call.ts'
import { changedByBody } from '../patch.ts'

export function answerScale(call: Call): Answer {
  const { definition, parts } = call
  const { scale } = definition
  if (scale === undefined) throw pathNotFound()
  const place = placeOfCall(call)
  const current = parts.store.get(definition.storage, place)
  if (current === undefined) throw notFound(definition, place.name)
  if (call.verb === 'get') return answerWith(200, scaleOf(current, scale))
  const options = parseWriteQuery(call.query, 'UpdateOptions')
  const wanted = changedByBody(call, scaleOf(current, scale))
  const version = objectOf(wanted, 'metadata')['resourceVersion'] ?? ''
  if (version !== '' && version !== current.metadata.resourceVersion) {
    throw conflict(definition, place.name, MODIFIED)
  }
  const { replicas = 0 } = objectOf(wanted, 'spec')
  if (typeof replicas !== 'number' || replicas < 0) {
    const why = 'should be a non-negative integer'
    const problem = invalid(scale.specReplicasPath, replicas, why)
    throw invalidObject(definition, place.name, [problem])
  }
  const { object } = updateObject(
    {
      definition,
      place,
      subresource: 'scale',
      change: (live) => withReplicas(live ?? current, scale, replicas),
      createsMissing: false,
      unconditional: true,
      tracker: untracked,
    },
    writeContext(call, options),
  )
  return answerWith(200, scaleOf(object, scale))
}

/** `.spec.replicas` as steps. */
function steps(path: string): readonly string[] {
  return path.split('.').filter((step) => step !== '')
}

function withReplicas(object: StoredObject, scale: ScaleDefinition, replicas: number): ApiObject {
  return setPath<ApiObject>(object, steps(scale.specReplicasPath), replicas)
}

function scaleOf(object: StoredObject, scale: ScaleDefinition): Readonly<Record<string, unknown>> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = selectorOf(object, scale)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: getPath(object, steps(scale.specReplicasPath)) ?? 0 },
    status: {
      replicas: getPath(object, steps(scale.statusReplicasPath)) ?? 0,
      ...(selector === undefined ? {} : { selector }),
    },
  }
}

function selectorOf(object: StoredObject, scale: ScaleDefinition): string | undefined {
  if (scale.labelSelectorPath === undefined) return undefined
  const value = getPath(object, steps(scale.labelSelectorPath))
  if (typeof value === 'string') return value
  const labels = isJsonObject(value) ? value['matchLabels'] : undefined
  if (!isJsonObject(labels)) return undefined
  return Object.entries(labels)
    .map(([key, label]) => `${key}=${String(label)}`)
    .join(',')
}
