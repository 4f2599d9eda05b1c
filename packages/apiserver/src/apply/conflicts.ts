import { type ApiStatusError, type StatusCause, statusError } from '@sortie/machinery'
import { type FieldSet, memberPaths } from './fieldset.ts'
import type { Owner } from './managers.ts'

/** Fields that another manager owns and that an apply would change. */
export interface Conflict {
  readonly owner: Owner
  readonly fields: FieldSet
}

/**
 * The API server's answer to an apply that would change others' fields: 409, with a cause for each.
 */
export function conflictError(conflicts: readonly Conflict[]): ApiStatusError {
  const byManager = new Map<string, string[]>()
  const causes: StatusCause[] = []
  for (const { owner, fields } of conflicts) {
    const manager = ownerText(owner)
    const paths = memberPaths(fields)
    byManager.set(manager, [...(byManager.get(manager) ?? []), ...paths])
    for (const field of paths) {
      causes.push({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })
    }
  }
  return statusError('Conflict', { message: conflictMessage(byManager, causes.length), causes })
}

function conflictMessage(byManager: ReadonlyMap<string, readonly string[]>, count: number): string {
  const managers = [...byManager].sort(([a], [b]) => (a < b ? -1 : 1))
  const only = managers[0]
  if (count === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${only[0]}: ${only[1][0]}`
  }
  const lines = managers.flatMap(([manager, paths]) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ])
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`
}

function ownerText({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager)
  const scoped =
    subresource === undefined || subresource === ''
      ? name
      : `${name} with subresource ${JSON.stringify(subresource)}`
  return operation === 'Update' ? `${scoped} using ${apiVersion}` : scoped
}
