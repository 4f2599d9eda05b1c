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
  | {
      readonly kind: 'wait'
      readonly pod: WaitingPod
      readonly message: string
      /** Aircraft that are kept for the pod's gang meanwhile. */
      readonly kept?: readonly string[]
      /** It could have had an aircraft that is kept for a gang. */
      readonly gaveWay?: true
    }
