/** The failures that every resource shares, in the API server's own words. */
import { ApiStatusError, failureStatus, statusError } from '@sortie/machinery'
import { type FieldError, fieldErrorBody, fieldErrorsMessage } from '../schema/fielderror.ts'
import { kindName, type ResourceDefinition, resourceName } from './definition.ts'

type Named = Pick<ResourceDefinition, 'group' | 'plural'>

function detailsOf(definition: Named, name: string) {
  const group = definition.group === '' ? {} : { group: definition.group }
  const kind = definition.plural === '' ? {} : { kind: definition.plural }
  return { ...(name === '' ? {} : { name }), ...group, ...kind }
}

export function notFound(definition: Named, name: string): ApiStatusError {
  return statusError('NotFound', {
    message: `${resourceName(definition)} ${JSON.stringify(name)} not found`,
    details: detailsOf(definition, name),
  })
}

const NOT_UNIQUE = ', the server was not able to generate a unique name for the object'

/** @param isGenerated whether the object asked for a name made from its `generateName` */
export function alreadyExists(
  definition: Named,
  name: string,
  isGenerated = false,
): ApiStatusError {
  const why = isGenerated ? NOT_UNIQUE : ''
  return statusError('AlreadyExists', {
    message: `${resourceName(definition)} ${JSON.stringify(name)} already exists${why}`,
    details: detailsOf(definition, name),
  })
}

/** The name is taken for as long as what is being deleted is still there. */
export function beingDeleted(definition: Named, name: string, isGenerated = false): ApiStatusError {
  return statusError('AlreadyExists', {
    message: `object is being deleted: ${resourceName(definition)} ${JSON.stringify(name)} already exists${isGenerated ? NOT_UNIQUE : ''}`,
    details: detailsOf(definition, name),
  })
}

export function conflict(definition: Named, name: string, why: string): ApiStatusError {
  return statusError('Conflict', {
    message: `Operation cannot be fulfilled on ${resourceName(definition)} ${JSON.stringify(name)}: ${why}`,
    details: detailsOf(definition, name),
  })
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again'

/** A path that names no resource has no name of its own here: its `plural` is empty. */
export function forbiddenObject(definition: Named, name: string, why: string): ApiStatusError {
  const object = name === '' ? '' : ` ${JSON.stringify(name)}`
  const resource = definition.plural === '' ? '' : `${resourceName(definition)}${object} is `
  return statusError('Forbidden', {
    message: `${resource}forbidden: ${why}`,
    details: detailsOf(definition, name),
  })
}

/** 422 with each error as a cause. */
export function invalidObject(
  definition: Pick<ResourceDefinition, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): ApiStatusError {
  const group = definition.group === '' ? {} : { group: definition.group }
  return statusError('Invalid', {
    message: `${kindName(definition)} ${JSON.stringify(name)} is invalid: ${fieldErrorsMessage(errors)}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...group,
      ...(definition.kind === '' ? {} : { kind: definition.kind }),
    },
    causes: errors.map((error) => ({
      reason: error.type,
      message: fieldErrorBody(error),
      field: error.field,
    })),
  })
}

export function badRequest(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}

/** What the API server answers where an error has no status of its own: 500, and no reason. */
export function plainError(message: string): ApiStatusError {
  const { reason: _, ...status } = failureStatus('InternalError', { message })
  return new ApiStatusError(status)
}

export function methodNotAllowed(): ApiStatusError {
  return statusError('MethodNotAllowed', {
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })
}

/** What the server says where a path leads nowhere. */
export function pathNotFound(): ApiStatusError {
  return statusError('NotFound', {
    message: 'the server could not find the requested resource',
    details: {},
  })
}

/** A revision that this server has not reached: the client has one of another server, or of lost data. */
export function tooLarge(wanted: number, actual: number): ApiStatusError {
  return statusError('Timeout', {
    message: `Timeout: Too large resource version: ${wanted}, current: ${actual}`,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
