/** Checks of the server itself: its version, its clock, its CRDs, and what one may do. */
import { customResourceDefinitions, GROUP } from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  type ApiResponse,
  CUSTOM_RESOURCE_DEFINITIONS,
  isNotFound,
  type JsonValue,
  parseHttpDate,
} from '@sortie/machinery'
import { isEstablished } from '../commands/install.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const OLDEST_MINOR = 29
const SKEW = { warn: 2_000, fail: 30_000 }

export function checkVersion(response: ApiResponse): Finding {
  const { gitVersion = '', minor = '' } = response.body as { gitVersion?: string; minor?: string }
  const number = Number.parseInt(minor, 10)
  if (!(number >= OLDEST_MINOR)) {
    const message = `${gitVersion || 'unknown'} is older than Kubernetes 1.${OLDEST_MINOR}`
    return fail('version', message, 'upgrade: native sidecars and CEL need it')
  }
  return ok('version', gitVersion)
}

/** How far the server's clock is ahead of ours, ms; by the Date header, which has whole seconds. */
export function skewOf(response: ApiResponse, now: number): number | undefined {
  const said = parseHttpDate(response.headers['date'])
  if (said === undefined) return undefined
  const late = now - (said + 999)
  const early = said - now
  if (late <= 0 && early <= 0) return 0
  return late > 0 ? -late : early
}

export function checkClock(skew: number | undefined): Finding {
  if (skew === undefined) {
    return warn('clock', 'the server sends no Date header', 'compare the clocks by hand')
  }
  const size = Math.abs(skew)
  if (size < SKEW.warn) return ok('clock', 'agrees with the server’s within 2 s')
  const message = `differs from the server’s by ${Math.round(size / 1000)} s`
  const remedy = 'set this machine’s or the server’s clock by NTP'
  return size < SKEW.fail ? warn('clock', message, remedy) : fail('clock', message, remedy)
}

export async function checkDefinitions(client: Client): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const wanted of customResourceDefinitions()) {
    const finding = await checkDefinition(
      client,
      wanted as unknown as { metadata: { name: string } },
    )
    if (finding !== undefined) findings.push(finding)
  }
  if (findings.length > 0) return findings
  return [ok('CRDs', 'all there, established and of this version')]
}

const REMEDY = 'sortie install --crds-only'

async function checkDefinition(
  client: Client,
  wanted: { readonly metadata: { readonly name: string } },
): Promise<Finding | undefined> {
  const { name } = wanted.metadata
  try {
    const found = await client.resource(CUSTOM_RESOURCE_DEFINITIONS).get({ name })
    if (!isEstablished(found as never)) {
      const remedy = `kubectl describe crd ${name} says why`
      return fail('CRDs', `${name} is not established`, remedy)
    }
    const { spec } = wanted as unknown as { readonly spec: JsonValue }
    const same = contains((found as unknown as { readonly spec: JsonValue }).spec, spec)
    return same ? undefined : warn('CRDs', `${name} is of another version`, REMEDY)
  } catch (error) {
    if (isNotFound(error)) return fail('CRDs', `${name} is missing`, REMEDY)
    throw error
  }
}

/** Whether all that is wanted is there; a server adds defaults. */
export function contains(actual: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  if (wanted === undefined || actual === wanted) return true
  if (typeof actual !== 'object' || typeof wanted !== 'object') return false
  if (actual === null || wanted === null) return false
  if (Array.isArray(wanted)) {
    const list = actual as readonly JsonValue[]
    return list.length === wanted.length && wanted.every((item, i) => contains(list[i], item))
  }
  const object = actual as Readonly<Record<string, JsonValue>>
  return Object.entries(wanted).every(([key, value]) => contains(object[key], value))
}

interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Without it nothing of use can be done. */
  readonly needed?: boolean
  readonly for: string
}

const RIGHTS: readonly Right[] = [
  { verb: 'list', group: GROUP, resource: 'missions', needed: true, for: 'see missions' },
  { verb: 'watch', group: GROUP, resource: 'flighttasks', needed: true, for: 'follow missions' },
  { verb: 'create', group: GROUP, resource: 'missions', for: 'apply missions' },
  { verb: 'patch', group: GROUP, resource: 'missions', for: 'cancel, suspend and retry' },
  { verb: 'patch', group: GROUP, resource: 'missionstages', for: 'approve stages' },
  { verb: 'create', group: GROUP, resource: 'weapons', for: 'apply weapons' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log', for: 'read logs' },
  { verb: 'list', group: '', resource: 'nodes', for: 'see aircraft' },
]

export async function checkRights(client: Client, namespace: string): Promise<readonly Finding[]> {
  const refused: Right[] = []
  for (const right of RIGHTS) if (!(await isAllowed(client, namespace, right))) refused.push(right)
  if (refused.length === 0) return [ok('rights', `all that Sortie’s commands need in ${namespace}`)]
  return refused.map(({ verb, resource, subresource, needed, for: purpose }) => {
    const what = subresource === undefined ? resource : `${resource}/${subresource}`
    const message = `you may not ${verb} ${what} in ${namespace}: needed to ${purpose}`
    const remedy = 'ask for view, edit or admin in the namespace (docs/how-to/install.md)'
    return needed === true ? fail('rights', message, remedy) : warn('rights', message, remedy)
  })
}

async function isAllowed(client: Client, namespace: string, right: Right): Promise<boolean> {
  const { verb, group, resource, subresource } = right
  const attributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
  }
  const { body } = await client.raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: resource === 'nodes' ? attributes : { ...attributes, namespace },
      },
    },
  })
  return (body as { status?: { allowed?: boolean } }).status?.allowed === true
}
