/** Settings of the operator: what a flag, a Helm value or a rehearsal may choose. */
import { type PodPolicies, SCHEDULER_NAME } from '@sortie/api'

export interface OperatorConfig {
  /** Looks after this namespace only; all where it is missing. */
  readonly namespace?: string
  /** The scheduler that tasks' pods ask for. */
  readonly schedulerName: string
  /** Whether that scheduler places a stage that waits for all whole or not at all; where not, such a stage says so. */
  readonly placesGangs: boolean
  /** Where weapons are looked for that the task's own namespace has not. */
  readonly weaponNamespace?: string
  /** What podTemplates may say beside the allow-list. */
  readonly podPolicies: PodPolicies
  /** Keys that each controller works on at the same time. */
  readonly workers: number
}

export const DEFAULT_OPERATOR_CONFIG: OperatorConfig = {
  schedulerName: SCHEDULER_NAME,
  placesGangs: true,
  podPolicies: {},
  workers: 16,
}
