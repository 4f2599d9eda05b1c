/** Small changes of a run, and how likely each is to be tried. */
import {
  addAction,
  addFault,
  doubleEvent,
  dropEvent,
  moveEvent,
  moveToOtherPart,
  redrawFault,
  retouchEvent,
  shiftEvent,
  skipRequests,
} from './events.ts'
import { graftActions, graftFaults, takeActions, takeFaults, takeMissions } from './grafts.ts'
import { addLateWrite, addMeeting } from './patterns.ts'
import {
  changePolicy,
  changeTask,
  dropMission,
  editMission,
  lessenMission,
  redrawRules,
  shiftMission,
  withLatency,
  withOtherDice,
} from './plans.ts'
import type { Step } from './step.ts'

export const STEPS: readonly { readonly weight: number; readonly step: Step }[] = [
  { weight: 6, step: shiftEvent },
  { weight: 2, step: dropEvent },
  { weight: 3, step: doubleEvent },
  { weight: 3, step: moveEvent },
  { weight: 3, step: retouchEvent },
  { weight: 2, step: redrawFault },
  { weight: 3, step: skipRequests },
  { weight: 2, step: moveToOtherPart },
  { weight: 3, step: addFault },
  { weight: 3, step: addAction },
  { weight: 3, step: addMeeting },
  { weight: 3, step: addLateWrite },
  { weight: 2, step: graftFaults },
  { weight: 2, step: graftActions },
  { weight: 1, step: takeFaults },
  { weight: 1, step: takeActions },
  { weight: 1, step: takeMissions },
  // What a run costs goes by what flies in it.
  { weight: 4, step: dropMission },
  { weight: 4, step: lessenMission },
  { weight: 3, step: changePolicy },
  { weight: 3, step: editMission },
  { weight: 2, step: changeTask },
  { weight: 1, step: shiftMission },
  { weight: 1, step: redrawRules },
  { weight: 1, step: withLatency },
  { weight: 2, step: withOtherDice },
]
