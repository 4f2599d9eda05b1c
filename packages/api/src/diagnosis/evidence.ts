/** What a diagnosis is made from: objects as the API server has them, whichever the reader may see. */
import type { EventObject, Lease, NodeObject, Pod } from '@sortie/machinery'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Weapon } from '../kinds/weapon.ts'

/**
 * Lists may hold more than belongs to the subject: what does is found by owner. One that is missing was not asked for or may not be
 * read, and nothing is concluded from it; an empty one says that there are none.
 */
export interface Evidence {
  readonly missions?: readonly Mission[]
  readonly stages?: readonly MissionStage[]
  readonly tasks?: readonly FlightTask[]
  readonly pods?: readonly Pod[]
  readonly nodes?: readonly NodeObject[]
  readonly weapons?: readonly Weapon[]
  readonly events?: readonly EventObject[]
  /** Of the operator's and the scheduler's leader. */
  readonly leases?: readonly Lease[]
}
