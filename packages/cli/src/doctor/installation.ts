/** Checks of what is installed beside the leaders: who places tasks' pods, and the dashboard. */
import { MANAGED_BY, SCHEDULER_NAME } from '@sortie/api'
import type { Client } from '@sortie/client'
import { PODS, type Pod } from '@sortie/machinery'
import { type Deployment, readDeployment } from '../installation/deployment.ts'
import { DEFAULT_SETTINGS, nameOf } from '../installation/index.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Where to look. */
export interface InstallationCheck {
  readonly client: Client
  /** Where operator and scheduler run. */
  readonly systemNamespace: string
  /** Whose waiting pods are looked at. */
  readonly namespace: string
}

/** Which scheduler the operator's Deployment asks for; ours where there is no such Deployment. @throws ApiStatusError */
export async function schedulerInUse({
  client,
  systemNamespace: namespace,
}: InstallationCheck): Promise<string> {
  const name = nameOf(DEFAULT_SETTINGS, 'operator')
  return schedulerOf(await readDeployment(client, { namespace, name }))
}

/** By its command line, `--scheduler-name NAME` or `--scheduler-name=NAME`; the last one counts. */
export function schedulerOf(deployment: Deployment | undefined): string {
  const args = deployment?.spec?.template?.spec?.containers?.[0]?.args ?? []
  const flag = '--scheduler-name'
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  const value = args[at] === flag ? args[at + 1] : args[at]?.slice(flag.length + 1)
  return value ?? SCHEDULER_NAME
}

/** That pods which wait for an aircraft ask for the scheduler that is in use: others wait for ever. */
export async function checkScheduler(
  { client, namespace }: InstallationCheck,
  inUse: string,
): Promise<Finding> {
  const subject = 'scheduling'
  const { items } = await client.resource<Pod>(PODS).listAll({
    namespace,
    labelSelector: `app.kubernetes.io/managed-by=${MANAGED_BY}`,
    fieldSelector: 'spec.nodeName=,status.phase=Pending',
  })
  const others = items.filter(({ spec }) => spec.schedulerName !== inUse)
  if (others.length > 0) {
    const names = [...new Set(others.map(({ spec }) => spec.schedulerName ?? ''))].join(', ')
    const message = `tasks’ pods go to ${inUse}, but ${others.length} in ${namespace} wait for ${names}`
    const remedy = `delete these pods, and their tasks get new ones: kubectl -n ${namespace} delete pod ${others[0]?.metadata.name}`
    return warn(subject, message, remedy)
  }
  const gangs = inUse === SCHEDULER_NAME ? '' : ', which knows no gangs: waitForAll is not kept'
  return ok(subject, `tasks’ pods go to ${inUse}${gangs}`)
}

/** It may be left out: `sortie dashboard` serves it from anywhere. */
export async function checkDashboard({
  client,
  systemNamespace: namespace,
}: InstallationCheck): Promise<Finding> {
  const name = nameOf(DEFAULT_SETTINGS, 'dashboard')
  const deployment = await readDeployment(client, { namespace, name })
  if (deployment === undefined) {
    return ok(name, 'not installed; `sortie dashboard` serves it from here')
  }
  if ((deployment.status?.availableReplicas ?? 0) > 0) {
    return ok(name, `kubectl -n ${namespace} port-forward svc/${name} 7556`)
  }
  if (deployment.spec?.replicas === 0) return ok(name, 'scaled to none')
  return warn(name, 'no pod of it is ready', `kubectl -n ${namespace} describe deployment,pod`)
}
