/** Where new objects may be: in a namespace that exists and stays. */
import { ApiStatusError } from '@sortie/machinery'
import type { ApiObject } from '../store/index.ts'
import type { ResourceDefinition, WriteContext } from './definition.ts'
import { forbiddenObject, notFound } from './failures.ts'

/**
 * Refuses what would be created in a namespace that is missing or on its way out.
 * @throws ApiStatusError NotFound or Forbidden
 */
export function admitToNamespace(
  definition: ResourceDefinition,
  object: ApiObject,
  { store }: WriteContext,
): void {
  const name = object.metadata.namespace ?? ''
  const namespace = store.get('namespaces', { namespace: '', name })
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, name)
  if (namespace.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${name} because it is being terminated`
  const { status } = forbiddenObject(definition, object.metadata.name ?? '', why)
  const causes = [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${name} is being terminated`,
      field: 'metadata.namespace',
    },
  ]
  throw new ApiStatusError({ ...status, details: { ...status.details, causes } })
}
