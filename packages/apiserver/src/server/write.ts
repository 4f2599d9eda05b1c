/** create, update, delete and deletecollection. */
import { createObject } from '../registry/create.ts'
import { type DeleteResult, deleteObject } from '../registry/delete.ts'
import { badRequest, conflict } from '../registry/failures.ts'
import { withoutRepeatedOwners } from '../registry/metadata.ts'
import { updateObject } from '../registry/update.ts'
import { parseListQuery, parseWriteQuery } from '../request/query.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { compileSelection } from '../watch/selection.ts'
import { type Answer, answerWith } from './answer.ts'
import { type Call, placeOfCall, writeContext } from './call.ts'
import { readDeleteOptions } from './deleteoptions.ts'
import { trackerFor } from './fieldmanagement.ts'
import { readObject } from './incoming.ts'
import { listPage } from './list.ts'

export function createOne(call: Call): Answer {
  const { definition, path, presenter } = call
  const options = parseWriteQuery(call.query, 'CreateOptions')
  const object = withoutRepeatedOwners(readObject(call), call.warnings)
  const stored = createObject(
    { definition, object, namespace: path.namespace, tracker: trackerFor(call, options) },
    writeContext(call, options),
  )
  return answerWith(201, presenter.object(stored))
}

export function updateOne(call: Call): Answer {
  const { definition, path, presenter } = call
  const options = parseWriteQuery(call.query, 'UpdateOptions')
  const object = withoutRepeatedOwners(withName(call, readObject(call)), call.warnings)
  const { object: stored, created } = updateObject(
    {
      definition,
      place: placeOfCall(call),
      subresource: path.subresource,
      change: (current) => sameLife(call, object, current),
      createsMissing: definition.strategy.createsOnUpdate === true,
      unconditional: definition.strategy.allowsUnconditionalUpdate ?? !definition.isCustom,
      tracker: trackerFor(call, options),
    },
    writeContext(call, options),
  )
  return answerWith(created ? 201 : 200, presenter.object(stored))
}

/** A replace that names a uid is meant for that object alone. @throws ApiStatusError Conflict */
function sameLife(
  { definition, path }: Call,
  object: ApiObject,
  current: StoredObject | undefined,
): ApiObject {
  const { uid = '' } = object.metadata
  if (uid === '' || current === undefined || uid === current.metadata.uid) return object
  const found = `UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`
  throw conflict(definition, path.name, `Precondition failed: ${found}`)
}

function withName({ path }: Call, object: ApiObject): ApiObject {
  const name = object.metadata.name ?? ''
  if (name === path.name) return object
  if (name !== '') {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${path.name})`,
    )
  }
  throw badRequest('name must be provided')
}

export function deleteOne(call: Call): Answer {
  const { definition, presenter } = call
  const options = readDeleteOptions(call)
  const context = writeContext(call, options)
  const result = deleteObject({ definition, place: placeOfCall(call), options }, context)
  if (!result.removed || definition.strategy.returnsDeleted === true) {
    return answerWith(200, presenter.object(result.object))
  }
  return answerWith(200, deletedStatus(call, result))
}

function deletedStatus({ definition }: Call, { object }: DeleteResult): object {
  const group = definition.group === '' ? {} : { group: definition.group }
  const { name, uid } = object.metadata
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: definition.plural, uid },
  }
}

export function deleteMany(call: Call): Answer {
  const { definition, parts, path, presenter } = call
  const options = readDeleteOptions(call)
  const query = parseListQuery(call.query)
  const selection = compileSelection(definition, query, path.namespace)
  const { items, metadata } = listPage({ store: parts.store, definition, query, selection })
  const context = writeContext(call, options)
  const deleted = items.map((object) => {
    const { namespace = '', name } = object.metadata
    return deleteObject({ definition, place: { namespace, name }, options }, context).object
  })
  return answerWith(200, presenter.list(deleted, metadata))
}
