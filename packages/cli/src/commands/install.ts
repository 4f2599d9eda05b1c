/** `sortie install`: the objects of config/default by server-side apply, CRDs first. */
import { customResourceDefinitions, SCHEDULER_NAME } from '@sortie/api'
import { type Client, createInformer } from '@sortie/client'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  isNotFound,
  type KubeObject,
  silentLogger,
} from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { readDeployment } from '../installation/deployment.ts'
import {
  admissionPolicies,
  DEFAULT_SETTINGS,
  type InstallationSettings,
  installation,
  leftOut,
  type Manifest,
  networkPolicies,
} from '../installation/index.ts'
import { applyObject } from '../manifests/apply.ts'
import { createDiscovery } from '../manifests/discovery.ts'
import { qualifiedName, toYaml } from '../output/objects.ts'

export interface InstallFlags extends ConnectionFlags {
  readonly image?: string
  readonly watchNamespace?: string
  /** Who places tasks' pods; ours by default. */
  readonly scheduler?: string
  /** False by --no-dashboard. */
  readonly dashboard?: boolean
  readonly networkPolicy?: boolean
  /** False by --no-admission-policy. */
  readonly admissionPolicy?: boolean
  readonly crdsOnly?: boolean
  readonly dryRun?: boolean
  /** Seconds. */
  readonly timeout?: string
}

export async function install(environment: Environment, flags: InstallFlags): Promise<ExitStatus> {
  checkSchedulerName(flags)
  const settings = settingsOf(flags)
  const timeoutMs = timeoutOf(flags)
  if (flags.dryRun === true) {
    const objects = objectsOf(settings, flags, true)
    environment.out.write(objects.map((object) => toYaml(object)).join('---\n'))
    return EXIT.ok
  }
  return withConnection(environment, flags, async (connection) => {
    const hasPolicies = await servesPolicies(connection.client)
    const objects = objectsOf(settings, flags, hasPolicies)
    await applyAll(environment, connection, objects.filter(isDefinition))
    await whenEstablished(environment, connection.client, timeoutMs)
    await applyAll(
      environment,
      connection,
      objects.filter((object) => !isDefinition(object)),
    )
    if (!hasPolicies && flags.admissionPolicy !== false) {
      environment.err.write(
        'sortie: this server has no ValidatingAdmissionPolicy (Kubernetes 1.30); the operator alone checks podTemplates\n',
      )
    }
    await tellLeftOver(environment, connection.client, settings)
    return EXIT.ok
  })
}

export function settingsOf(
  flags: Pick<InstallFlags, 'namespace' | 'image' | 'watchNamespace' | 'scheduler' | 'dashboard'>,
): InstallationSettings {
  const { namespace, image, watchNamespace, scheduler, dashboard } = flags
  return {
    ...DEFAULT_SETTINGS,
    ...(namespace === undefined ? {} : { namespace }),
    ...(image === undefined ? {} : { image }),
    ...(watchNamespace === undefined ? {} : { watchNamespace }),
    ...(scheduler === undefined ? {} : { schedulerName: scheduler }),
    ...(dashboard === undefined ? {} : { dashboard }),
  }
}

/** Any word would be taken by the API server, and no task would ever be placed. */
function checkSchedulerName({ scheduler = SCHEDULER_NAME }: InstallFlags): void {
  if (SCHEDULERS.includes(scheduler)) return
  throw new CommandError(`--scheduler ${scheduler}: one of ${SCHEDULERS.join(', ')}`, EXIT.usage)
}

const SCHEDULERS: readonly string[] = [SCHEDULER_NAME, 'default-scheduler']

function timeoutOf({ timeout = '120' }: InstallFlags): number {
  const seconds = Number(timeout)
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  throw new CommandError(`--timeout ${timeout}: seconds, more than 0`, EXIT.usage)
}

function objectsOf(
  settings: InstallationSettings,
  flags: InstallFlags,
  hasPolicies: boolean,
): readonly Manifest[] {
  const objects = installation(settings)
  if (flags.crdsOnly === true) return objects.filter(isDefinition)
  const policies = hasPolicies && flags.admissionPolicy !== false
  return [
    ...objects,
    ...(flags.networkPolicy === true ? networkPolicies(settings) : []),
    ...(policies ? admissionPolicies(settings) : []),
  ]
}

export function isDefinition({ kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition'
}

/** Whether the server has ValidatingAdmissionPolicy in a version that is on by default. */
export async function servesPolicies(client: Client): Promise<boolean> {
  try {
    const { body } = await client.raw({
      method: 'GET',
      path: '/apis/admissionregistration.k8s.io/v1',
    })
    const { resources = [] } = body as { readonly resources?: readonly { readonly name: string }[] }
    return resources.some(({ name }) => name === 'validatingadmissionpolicies')
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** What an earlier installation had and this one leaves out goes on: pods may still wait for its scheduler. */
async function tellLeftOver(
  { err }: Environment,
  client: Client,
  settings: InstallationSettings,
): Promise<void> {
  const { namespace } = settings
  for (const name of leftOut(settings)) {
    if ((await readDeployment(client, { namespace, name })) === undefined) continue
    err.write(
      `sortie: ${name} of an earlier installation goes on; when nothing needs it: kubectl -n ${namespace} delete deployment ${name}\n`,
    )
  }
}

async function applyAll(
  environment: Environment,
  connection: Connection,
  objects: readonly Manifest[],
): Promise<void> {
  const discovery = createDiscovery(connection.client)
  for (const object of objects) {
    const { outcome } = await applyObject({ ...connection, discovery }, object, { force: true })
    environment.out.write(`${qualifiedName(object)} ${outcome}\n`)
  }
}

/** Waits until the API server serves our kinds. @throws CommandError when the time is up */
async function whenEstablished(
  { clock, random, signal }: Environment,
  client: Client,
  timeoutMs: number,
): Promise<void> {
  const type = CUSTOM_RESOURCE_DEFINITIONS
  const definitions = createInformer({ client, type, clock, random, log: silentLogger })
  const wanted = customResourceDefinitions().map(({ metadata }) => metadata.name ?? '')
  const missing = (): readonly string[] =>
    wanted.filter((name) => !isEstablished(definitions.get(name) as KubeObject | undefined))
  const ended = Promise.withResolvers<void>()
  const look = (): void => {
    if (missing().length === 0) ended.resolve()
  }
  const timer = clock.setTimer(timeoutMs, () => ended.resolve())
  signal.addEventListener('abort', () => ended.resolve(), { once: true })
  definitions.addHandler({ onAdd: look, onUpdate: look })
  definitions.start()
  await ended.promise
  timer.cancel()
  const left = missing()
  await definitions.stop()
  if (left.length > 0) {
    throw new CommandError(`not established after ${timeoutMs / 1000} s: ${left.join(', ')}`)
  }
}

interface Definition extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

export function isEstablished(definition: Definition | undefined): boolean {
  const conditions = definition?.status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True')
}
