import type { AssignmentTrace } from '@sortie/api'
import type { WaitingPod } from '../gang/units.ts'

export type Decision =
  | {
      readonly kind: 'bind'
      readonly pod: WaitingPod
      readonly node: string
      /** Why the pod goes there: what becomes the binding's annotation. */
      readonly trace: AssignmentTrace
    }
  | { readonly kind: 'wait'; readonly pod: WaitingPod; readonly message: string }
