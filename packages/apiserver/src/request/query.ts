/** The query parameters of list, watch and write requests. */
import {
  type FieldRequirement,
  type LabelRequirements,
  parseFieldSelector,
  parseLabelSelector,
} from '@sortie/machinery'
import { badRequest, invalidObject } from '../registry/failures.ts'
import { type FieldError, forbidden, invalid, notSupported } from '../schema/fielderror.ts'

export type Query = Readonly<Record<string, string>>

export type VersionMatch = 'Exact' | 'NotOlderThan'

export interface ListQuery {
  readonly labels: LabelRequirements
  readonly fields: readonly FieldRequirement[]
  /** As written, for messages. */
  readonly labelText: string
  readonly fieldText: string
  readonly resourceVersion: string
  readonly versionMatch: VersionMatch | undefined
  /** 0 for no limit. */
  readonly limit: number
  readonly continueToken: string
  readonly watch: boolean
  readonly bookmarks: boolean
  readonly sendInitialEvents: boolean
  readonly timeoutSeconds: number | undefined
}

/** @throws ApiStatusError BadRequest or Invalid, in the API server's words */
export function parseListQuery(query: Query): ListQuery {
  const list: ListQuery = {
    labels: parseLabels(query['labelSelector'] ?? ''),
    fields: parseFieldSelector(query['fieldSelector'] ?? ''),
    labelText: query['labelSelector'] ?? '',
    fieldText: query['fieldSelector'] ?? '',
    resourceVersion: query['resourceVersion'] ?? '',
    versionMatch: (query['resourceVersionMatch'] || undefined) as VersionMatch | undefined,
    limit: integer(query, 'limit') ?? 0,
    continueToken: query['continue'] ?? '',
    watch: isTrue(query['watch']),
    bookmarks: isTrue(query['allowWatchBookmarks']),
    sendInitialEvents: isTrue(query['sendInitialEvents']),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  }
  const errors = list.watch ? watchErrors(list, query) : listErrors(list, query)
  if (errors.length > 0) {
    throw invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
  }
  return list
}

function parseLabels(text: string): LabelRequirements {
  return parseLabelSelector(text)
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== 'false' && value !== '0'
}

function integer(query: Query, name: string): number | undefined {
  const text = query[name]
  if (text === undefined || text === '') return undefined
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return Number(text)
}

const MATCHES: readonly unknown[] = ['Exact', 'NotOlderThan']

function listErrors(list: ListQuery, query: Query): readonly FieldError[] {
  const { versionMatch, resourceVersion, continueToken } = list
  const errors: FieldError[] = []
  if (query['sendInitialEvents'] !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  errors.push(...versionErrors(resourceVersion))
  if (versionMatch === undefined) return errors
  const field = 'resourceVersionMatch'
  if (resourceVersion === '') {
    errors.push(forbidden(field, `${field} is forbidden unless resourceVersion is provided`))
  }
  if (continueToken !== '') {
    errors.push(forbidden(field, `${field} is forbidden when continue is provided`))
  }
  if (!MATCHES.includes(versionMatch)) {
    errors.push(notSupported(field, versionMatch, ['Exact', 'NotOlderThan', '']))
  }
  if (versionMatch === 'Exact' && resourceVersion === '0') {
    errors.push(forbidden(field, `${field} "Exact" is forbidden for resourceVersion "0"`))
  }
  return errors
}

function watchErrors(list: ListQuery, query: Query): readonly FieldError[] {
  const { versionMatch } = list
  const field = 'resourceVersionMatch'
  const errors = [...versionErrors(list.resourceVersion)]
  if (query['sendInitialEvents'] !== undefined && versionMatch !== 'NotOlderThan') {
    errors.push(forbidden(field, `sendInitialEvents requires setting ${field} to NotOlderThan`))
  }
  if (query['sendInitialEvents'] === undefined && versionMatch !== undefined) {
    errors.push(
      forbidden(field, `${field} is forbidden for watch unless sendInitialEvents is provided`),
    )
  }
  return errors
}

function versionErrors(resourceVersion: string): readonly FieldError[] {
  if (resourceVersion === '' || /^\d+$/.test(resourceVersion)) return []
  const problem = `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`
  return [invalid('resourceVersion', resourceVersion, problem)]
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  /** Undefined where the query says nothing of it. */
  readonly force: boolean | undefined
}

const MAX_MANAGER_LENGTH = 128

/** @throws ApiStatusError Invalid, in the API server's words */
export function parseWriteQuery(query: Query, kind: string): WriteQuery {
  const errors: FieldError[] = []
  const dryRun = query['dryRun'] ?? ''
  if (dryRun !== '' && dryRun !== 'All') errors.push(notSupported('dryRun', [dryRun], ['All']))
  const fieldManager = query['fieldManager'] ?? ''
  if (fieldManager.length > MAX_MANAGER_LENGTH) {
    errors.push({
      type: 'FieldValueTooLong',
      field: 'fieldManager',
      detail: `may not be more than ${MAX_MANAGER_LENGTH} bytes`,
    })
  }
  const fieldValidation = query['fieldValidation'] || 'Warn'
  if (!['Ignore', 'Warn', 'Strict'].includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Warn', 'Strict']))
  }
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind }, '', errors)
  return {
    dryRun: dryRun === 'All',
    fieldManager,
    fieldValidation: fieldValidation as FieldValidation,
    force: query['force'] === undefined ? undefined : isTrue(query['force']),
  }
}
