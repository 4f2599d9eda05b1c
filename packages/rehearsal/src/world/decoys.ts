/** Objects of somebody else under names that ours would have, with labels like theirs. */
import { API_VERSION, FLIGHT_TASKS, MISSION_STAGES } from '@sortie/api'
import { type KubeObject, PODS, type ResourceType } from '@sortie/machinery'
import { DECOY_LABEL } from '../oracle/invariants/others.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { World } from './world.ts'

export async function createDecoys({ client }: World, scenario: Scenario): Promise<void> {
  for (const { type, object } of decoysOf(scenario)) await client.resource(type).create(object)
}

interface Decoy {
  readonly type: ResourceType
  readonly object: KubeObject
}

/** Of the first mission's first stages: a pod, and for the second a task and a stage too. */
function decoysOf({ missions: [mission] }: Scenario): Decoy[] {
  if (mission === undefined) return []
  const { name, namespace = 'default' } = mission
  return (mission.spec.stages ?? []).slice(0, 2).flatMap((stage, index) => {
    const task = `${name}-${stage.name}-${stage.flightTasks?.[0]?.name}`
    const metadata = (own: string) => ({ name: own, namespace, labels: labelsOf(name, task) })
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadata(`${task}-pod`),
      spec: { schedulerName: 'another', containers: [{ name: 'x', image: 'x' }] },
    }
    if (index === 0) return [{ type: PODS, object: pod }]
    return [
      { type: PODS, object: pod },
      { type: FLIGHT_TASKS, object: gatedTask(metadata(task)) },
      { type: MISSION_STAGES, object: gatedStage(metadata(`${name}-${stage.name}`)) },
    ]
  })
}

function labelsOf(mission: string, task: string): Readonly<Record<string, string>> {
  return {
    [DECOY_LABEL]: 'true',
    'app.kubernetes.io/managed-by': 'sortie',
    flighttask: task,
    mission,
  }
}

/** Somebody else's gate: nobody opens it. */
const GATES = [{ name: 'example.com/never' }]

function gatedTask(metadata: KubeObject['metadata']): KubeObject {
  const spec = { startGates: GATES, aircraftRequirement: { type: '' } }
  return { apiVersion: API_VERSION, kind: 'FlightTask', metadata, spec } as KubeObject
}

function gatedStage(metadata: KubeObject['metadata']): KubeObject {
  const spec = {
    missionRef: { name: 'another' },
    stageName: 'another',
    stageIndex: 1,
    stageType: 'parallel',
    startGates: GATES,
    flightTasks: [{ name: 'x', aircraft: '' }],
  }
  return { apiVersion: API_VERSION, kind: 'MissionStage', metadata, spec } as KubeObject
}
