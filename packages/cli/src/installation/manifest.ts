/** What the installation is made of: plain API objects, and what may differ between installations. */
import { MANAGED_BY, SCHEDULER_NAME } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'
import { VERSION } from '../version.ts'

/** An object as a manifest has it. */
export type Manifest = KubeObject & { readonly [field: string]: unknown }

export interface InstallationSettings {
  /** Where everything runs. */
  readonly namespace: string
  /** What all names begin with. */
  readonly prefix: string
  readonly image: string
  /** Looks after this namespace only, with a Role there in place of a ClusterRole. */
  readonly watchNamespace?: string
  /** Who places tasks' pods; our scheduler is not installed where it is another. Default: ours. */
  readonly schedulerName?: string
  /** False: without the dashboard. */
  readonly dashboard?: boolean
}

export const DEFAULT_SETTINGS: InstallationSettings = {
  namespace: 'sortie-system',
  prefix: 'sortie',
  image: `sortie:${VERSION}`,
}

/** The two parts that act on a cluster's objects. */
export const PARTS = ['operator', 'scheduler'] as const
export type PartName = (typeof PARTS)[number]

/** All that runs as pods of an installation. */
export const PODS_OF_INSTALLATION = [...PARTS, 'dashboard'] as const
export type PodName = (typeof PODS_OF_INSTALLATION)[number]

/** The parts that are installed: without our scheduler where another places the pods. */
export function partsOf({
  schedulerName = SCHEDULER_NAME,
}: InstallationSettings): readonly PartName[] {
  return schedulerName === SCHEDULER_NAME ? PARTS : ['operator']
}

/** What all objects of an installation carry. */
export function labelsOf(component?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': MANAGED_BY,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  }
}

/** Name of a pod's ServiceAccount and Deployment, of a part's roles and Lease too. */
export function nameOf(settings: InstallationSettings, pod: PodName): string {
  return `${settings.prefix}-${pod}`
}

/** Names of Deployments that these settings leave out. */
export function leftOut(settings: InstallationSettings): readonly string[] {
  const parts = partsOf(settings) as readonly PodName[]
  const isLeftOut = (pod: PodName): boolean =>
    pod === 'dashboard' ? settings.dashboard === false : !parts.includes(pod)
  return PODS_OF_INSTALLATION.filter(isLeftOut).map((pod) => nameOf(settings, pod))
}
