/** What the installation is made of: plain API objects, and what may differ between installations. */
import { MANAGED_BY } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'
import { VERSION } from '../version.ts'

/** An object as a manifest has it. */
export type Manifest = KubeObject & { readonly [field: string]: unknown }

export interface InstallationSettings {
  /** Where operator and scheduler run. */
  readonly namespace: string
  /** What all names begin with. */
  readonly prefix: string
  readonly image: string
  /** Looks after this namespace only, with a Role there in place of a ClusterRole. */
  readonly watchNamespace?: string
}

export const DEFAULT_SETTINGS: InstallationSettings = {
  namespace: 'sortie-system',
  prefix: 'sortie',
  image: `sortie:${VERSION}`,
}

/** The two parts that run in a cluster. */
export const PARTS = ['operator', 'scheduler'] as const
export type PartName = (typeof PARTS)[number]

/** What all objects of an installation carry. */
export function labelsOf(component?: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': MANAGED_BY,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  }
}

/** Name of a part's ServiceAccount, Deployment, roles and Lease. */
export function nameOf(settings: InstallationSettings, part: PartName): string {
  return `${settings.prefix}-${part}`
}
