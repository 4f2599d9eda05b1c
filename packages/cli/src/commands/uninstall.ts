/** `sortie uninstall`: takes away what `install` put there, and says what stays. */
import { MISSIONS } from '@sortie/api'
import type { Client } from '@sortie/client'
import { isNotFound, type KubeObject, type ResourceType } from '@sortie/machinery'
import { type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import {
  admissionPolicies,
  type InstallationSettings,
  installation,
  labelsOf,
  type Manifest,
  nameOf,
  networkPolicies,
  PARTS,
  partRoles,
} from '../installation/index.ts'
import { findObject } from '../manifests/apply.ts'
import { createDiscovery, type Discovery } from '../manifests/discovery.ts'
import { qualifiedName } from '../output/objects.ts'
import { isDefinition, settingsOf } from './install.ts'

export interface UninstallFlags extends ConnectionFlags {
  readonly watchNamespace?: string
  /** The CRDs too. */
  readonly crds?: boolean
  readonly dryRun?: boolean
}

export function uninstall(environment: Environment, flags: UninstallFlags): Promise<ExitStatus> {
  const settings = settingsOf(flags)
  return withConnection(environment, flags, async ({ client }) => {
    const missions = await countMissions(client)
    const discovery = createDiscovery(client)
    for (const object of removals(settings, flags.crds === true)) {
      const outcome = await remove({ client, discovery, dryRun: flags.dryRun === true }, object)
      if (outcome !== undefined) environment.out.write(`${qualifiedName(object)} ${outcome}\n`)
    }
    for (const line of stays(settings, flags.crds === true ? undefined : missions)) {
      environment.out.write(`stays: ${line}\n`)
    }
    return EXIT.ok
  })
}

/** Last installed, first removed: the parts end before their rights go. */
function removals(settings: InstallationSettings, crds: boolean): readonly Manifest[] {
  const { watchNamespace: _, ...clusterWide } = settings
  const all = [
    ...installation(settings),
    ...partRoles(clusterWide),
    ...PARTS.map((part) => lease(settings, nameOf(settings, part))),
    ...networkPolicies(settings),
    ...admissionPolicies(settings),
  ]
  const wanted = all.filter(
    (object) => object.kind !== 'Namespace' && (crds || !isDefinition(object)),
  )
  const keyed = new Map(wanted.map((object) => [keyOf(object), object]))
  return [...keyed.values()].reverse()
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

function lease({ namespace }: InstallationSettings, name: string): Manifest {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } }
}

interface Removing {
  readonly client: Client
  readonly discovery: Discovery
  readonly dryRun: boolean
}

/** Undefined where there is nothing to remove. */
async function remove(
  { client, discovery, dryRun }: Removing,
  object: Manifest,
): Promise<string | undefined> {
  const { namespace, name = '' } = object.metadata
  const ref = { ...(namespace === undefined ? {} : { namespace }), name }
  const type = await typeOf(discovery, object)
  const found = type === undefined ? undefined : await findObject(client, type, ref)
  if (type === undefined || found === undefined) return undefined
  if (object.kind !== 'Lease' && !isOurs(found)) return 'stays: it is not labelled as ours'
  if (dryRun) return 'would be deleted'
  const { uid } = found.metadata
  await client
    .resource(type)
    .delete(ref, { preconditions: { uid }, propagationPolicy: 'Background' })
  return 'deleted'
}

/** Helm labels its objects by the same name. */
function isOurs({ kind, metadata }: KubeObject): boolean {
  if (kind === 'CustomResourceDefinition') return true
  return Object.entries(labelsOf()).every(([key, value]) => metadata.labels?.[key] === value)
}

/** Undefined where the server knows no such kind. */
async function typeOf(discovery: Discovery, object: Manifest): Promise<ResourceType | undefined> {
  try {
    return await discovery.resourceOf(object)
  } catch (error) {
    if (error instanceof CommandError) return undefined
    throw error
  }
}

/** Undefined where the server knows no missions: there are no CRDs that could stay. */
async function countMissions(client: Client): Promise<number | undefined> {
  try {
    return (await client.resource(MISSIONS).listAll()).items.length
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

function stays({ namespace }: InstallationSettings, missions: number | undefined): string[] {
  const kept =
    missions === undefined
      ? []
      : [`the CRDs with ${missions} missions and what belongs to them (sortie uninstall --crds)`]
  return [
    ...kept,
    `the namespace ${namespace} (kubectl delete namespace ${namespace})`,
    'labels, extended resources and taints of aircraft.mil on nodes',
  ]
}
