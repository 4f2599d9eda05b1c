/** Manifests in the style of the first Go system: they must apply unchanged. Only tests use them. */
import type { JsonObject } from '@sortie/machinery'

const API = { apiVersion: 'airforce.airforce.mil/v1alpha1' } as const

const reconMission: JsonObject = {
  ...API,
  kind: 'Mission',
  metadata: { name: 'recon-strike', namespace: 'default', labels: { team: 'blue' } },
  spec: {
    missionName: '侦察打击 Recon and strike',
    missionType: 'strike',
    priority: 'high',
    objective: {
      targetArea: 'Range 4',
      targetCoordinates: { latitude: '28.5', longitude: '-120.25' },
      targetDescription: 'Training range',
      extra: { weather: 'clear', sectors: [1, 2, 3] },
    },
    stages: [
      {
        name: 'recon',
        displayName: 'Reconnaissance',
        type: 'parallel',
        timeout: '30m',
        flightTasks: [
          { aircraft: 'uav-x1', role: 'scout', taskParams: { altitude: '8000', pattern: 'grid' } },
          { aircraft: 'uav-x1', role: 'relay' },
        ],
      },
      {
        name: 'strike',
        type: 'sequential',
        dependsOn: ['recon'],
        timeout: '1h30m',
        flightTasks: [
          {
            aircraft: 'j20',
            role: 'lead',
            weaponLoadout: [{ weapon: 'radar-pod', quantity: 2, mountPoints: ['hp1', 'hp2'] }],
            podTemplate: {
              metadata: { labels: { tier: 'sim' } },
              spec: {
                restartPolicy: 'Never',
                containers: [
                  {
                    name: 'sim',
                    image: 'registry.example:5000/sim/flight:1.2',
                    command: ['sh', '-c', 'fly'],
                    env: [{ name: 'SPEED', value: '900' }],
                    resources: { requests: { cpu: '100m' } },
                  },
                ],
                tolerations: [{ key: 'aircraft', operator: 'Exists' }],
              },
            },
          },
        ],
      },
      { name: 'bda', dependsOn: ['strike'], flightTasks: [{ name: 'assess', aircraft: 'uav-x1' }] },
    ],
    config: {
      failurePolicy: { maxRetries: 2, retryStrategy: 'exponential', stageFailureAction: 'abort' },
      cancellationPolicy: { gracePeriod: '45s', cleanup: true },
      coordination: {
        dataLinkProtocol: 'Link-16',
        commandFrequency: '251.0 MHz',
        emergencyFrequency: '243.0 MHz',
      },
    },
  },
}

const bareMission: JsonObject = {
  ...API,
  kind: 'Mission',
  metadata: { name: 'patrol' },
  spec: { stages: [{ name: 'orbit', type: 'mixed', flightTasks: [{}, { aircraft: '' }] }] },
}

const handMadeStage: JsonObject = {
  ...API,
  kind: 'MissionStage',
  metadata: { name: 'patrol-orbit' },
  spec: {
    missionRef: { name: 'patrol' },
    stageName: 'Orbit',
    stageIndex: 1,
    stageType: 'parallel',
    flightTasks: [{ name: 'uav-x1-01', aircraft: 'uav-x1' }],
    config: {
      synchronization: { waitForAll: true, checkpoint: 'all-airborne' },
      timeout: '300s',
      dependencies: { conditions: [{ type: 'WeatherClear' }] },
    },
  },
}

const standaloneTask: JsonObject = {
  ...API,
  kind: 'FlightTask',
  metadata: { name: 'single' },
  spec: {
    aircraftRequirement: {
      type: 'J-20',
      minFuelLevel: 60,
      capabilities: ['stealth'],
      requiredHardpoints: 2,
      preferredLocation: 'zone-a',
    },
    role: 'lead',
    taskParams: {
      altitude: 8000,
      speed: '900km/h',
      missionDuration: '10m',
      operationArea: { center: { latitude: '28.5', longitude: '120.5' }, radius: '50km' },
      phases: [
        {
          name: 'ingress',
          duration: '5m',
          waypoints: ['wp1', { latitude: '28.1', longitude: '120.1' }],
          tactics: 'low',
        },
      ],
      extra: { note: 'first' },
    },
    weaponLoadout: [{ weaponRef: { name: 'radar-pod' }, quantity: 1, mountPoints: ['hp1'] }],
  },
}

const emptyTask: JsonObject = { ...API, kind: 'FlightTask', metadata: { name: 'empty' } }

const radarPod: JsonObject = {
  ...API,
  kind: 'Weapon',
  metadata: { name: 'radar-pod' },
  spec: {
    weaponName: 'Radar pod',
    weaponType: 'sensor',
    category: 'pod',
    specifications: { manufacturer: 'Acme', weight: '180kg', range: '200km', guidance: 'none' },
    image: {
      repository: 'registry.example:5000/pods/radar',
      tag: '1.0',
      pullPolicy: 'IfNotPresent',
    },
    resources: { hardpoints: 1, weight: '180kg', power: 12, cooling: 'medium' },
    compatibility: { aircraftTypes: ['j20', 'J-20'], hardpointTypes: ['internal-bay'] },
    container: {
      env: [{ name: 'MODE', value: 'search' }],
      volumeMounts: [{ name: 'weapon-interface', mountPath: '/interface' }],
      ports: [{ containerPort: 8080 }],
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    },
    version: { current: '1.0', changelog: 'first', releaseDate: '2026-01-25' },
  },
}

/** By what they show. */
export const EARLIER_MANIFESTS: Readonly<Record<string, JsonObject>> = {
  'a full mission': reconMission,
  'a mission with the least there can be': bareMission,
  'a stage made by hand': handMadeStage,
  'a standalone task': standaloneTask,
  'a task without spec': emptyTask,
  'a weapon that mounts the interface itself': radarPod,
}

/** A mission of the given stages, with nothing else. */
export function missionOf(stages: unknown, more: object = {}): JsonObject {
  return {
    ...API,
    kind: 'Mission',
    metadata: { name: 'm' },
    spec: { stages, ...more },
  } as JsonObject
}

/** A mission of one stage `s` with these tasks. */
export function missionWithTasks(tasks: unknown, stage: object = {}): JsonObject {
  return missionOf([{ name: 's', flightTasks: tasks, ...stage }])
}

/** An object of a kind with this spec. */
export function objectOf(kind: string, spec: object, name = 'x'): JsonObject {
  return { ...API, kind, metadata: { name }, spec } as JsonObject
}
