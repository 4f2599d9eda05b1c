/** The addresses that the suite looks at: every page, every tab of it, and what has no page. */
import { SHOWN } from './shown.ts'

export interface PageAddress {
  readonly name: string
  readonly path: string
  /** A text that is there once the page is whole. */
  readonly shows: string
}

const at = (name: string, path: string, shows: string): PageAddress => ({ name, path, shows })
const MISSION = `/ns/default/missions/${SHOWN.mission}`
const TASK = `/ns/default/tasks/${SHOWN.task}`

export const PAGES: readonly PageAddress[] = [
  at('board', '/', SHOWN.failed),
  at('missions', '/missions', SHOWN.mission),
  at('missions-filtered', '/missions?filter=phase:failed', SHOWN.failed),
  at('mission-new', '/missions/new', 'kind: Mission'),
  at('mission-plan', MISSION, 'image'),
  at('mission-timeline', `${MISSION}?tab=timeline`, 'strait-2'),
  at('mission-tasks', `${MISSION}?tab=tasks`, 'strait-2'),
  at('mission-failures', `${MISSION}?tab=failures`, 'strait-4'),
  at('mission-events', `${MISSION}?tab=events`, 'StageStarted'),
  at('mission-yaml', `${MISSION}?tab=yaml`, 'missionType: isr'),
  at('mission-failed', `/ns/default/missions/${SHOWN.failed}`, 'eye'),
  at('stages', '/stages', SHOWN.stage),
  at('stage', `/ns/default/stages/${SHOWN.stage}`, 'strait-2'),
  at('stage-gated', `/ns/default/stages/${SHOWN.gated}`, 'commander'),
  at('tasks', '/tasks', SHOWN.task),
  at('task', TASK, `${SHOWN.task}-pod`),
  at('task-logs', `${TASK}?tab=logs`, 'frame 3'),
  at('task-conditions', `/ns/default/tasks/${SHOWN.waiting}?tab=conditions`, 'Unschedulable'),
  at('task-events', `${TASK}?tab=events`, 'PodCreated'),
  at('task-yaml', `${TASK}?tab=yaml`, 'kind: FlightTask'),
  at('task-waiting', `/ns/default/tasks/${SHOWN.waiting}`, 'strait-5'),
  at('weapons', '/weapons', SHOWN.weapon),
  at('weapons-matrix', '/weapons?tab=matrix', SHOWN.weapon),
  at('weapon', `/ns/default/weapons/${SHOWN.weapon}`, SHOWN.weapon),
  at('weapon-failures', `/ns/default/weapons/${SHOWN.weapon}?tab=failures`, `${SHOWN.weapon}:1.2`),
  at('fleet', '/fleet', SHOWN.node),
  at('fleet-groups', '/fleet?tab=groups', 'uav'),
  at('fleet-others', '/fleet?tab=others', 'control-1'),
  at('node', `/fleet/${SHOWN.node}`, SHOWN.task),
  at('node-usage', `/fleet/${SHOWN.node}?tab=usage`, SHOWN.node),
  at('events', '/events', 'NodeNotReady'),
  at('settings', '/settings', 'https://api.test:6443'),
  at('unknown-page', '/no/such/page', '/no/such/page'),
  at('unknown-mission', '/ns/default/missions/no-such', 'default/no-such'),
  at('unknown-task', '/ns/default/tasks/no-such', 'default/no-such'),
  at('unknown-stage', '/ns/default/stages/no-such', 'no-such'),
  at('unknown-weapon', '/ns/default/weapons/no-such', 'no-such'),
  at('unknown-node', '/fleet/no-such', 'no-such'),
]
