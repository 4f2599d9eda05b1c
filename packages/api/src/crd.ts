/** The CustomResourceDefinitions and resource types of all kinds. */
import type { KubeObject, ResourceType } from '@sortie/machinery'
import { GROUP, VERSION } from './constants.ts'
import { flightTaskFields } from './kinds/flighttask.ts'
import { missionFields } from './kinds/mission.ts'
import { missionStageFields } from './kinds/missionstage.ts'
import { missionTemplateFields, weaponLoadoutFields } from './kinds/templates.ts'
import { weaponFields } from './kinds/weapon.ts'
import { type Fields, obj } from './schema/builder.ts'
import type { StructuralSchema } from './schema/structural.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description?: string
  /** Above 0 it shows with `-o wide` only. */
  readonly priority?: number
}

/** A field that `--field-selector` may name. */
export interface SelectableField {
  readonly jsonPath: string
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames?: readonly string[]
      readonly categories?: readonly string[]
    }
    readonly scope: 'Namespaced' | 'Cluster'
    readonly versions: readonly {
      readonly name: string
      readonly served: boolean
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: StructuralSchema }
      readonly subresources?: { readonly status: Readonly<Record<string, never>> }
      readonly additionalPrinterColumns?: readonly PrinterColumn[]
      readonly selectableFields?: readonly SelectableField[]
    }[]
  }
}

const resource = (kind: string, plural: string): ResourceType => ({
  group: GROUP,
  version: VERSION,
  plural,
  kind,
  namespaced: true,
})

export const MISSIONS = resource('Mission', 'missions')
export const MISSION_STAGES = resource('MissionStage', 'missionstages')
export const FLIGHT_TASKS = resource('FlightTask', 'flighttasks')
export const WEAPONS = resource('Weapon', 'weapons')
export const WEAPON_LOADOUTS = resource('WeaponLoadout', 'weaponloadouts')
export const MISSION_TEMPLATES = resource('MissionTemplate', 'missiontemplates')

/** All kinds of the group, in the order of the reference. */
export const RESOURCES: readonly ResourceType[] = [
  MISSIONS,
  MISSION_STAGES,
  FLIGHT_TASKS,
  WEAPONS,
  WEAPON_LOADOUTS,
  MISSION_TEMPLATES,
]

/** A kind as the CRD and the reference need it. */
export interface KindDefinition {
  readonly resource: ResourceType
  readonly shortName: string
  readonly doc: string
  readonly fields: Fields
  readonly columns: readonly PrinterColumn[]
}

const column = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
})
const count = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  ...column(name, jsonPath, description),
  type: 'integer',
})
const phase = column('Phase', '.status.phase', 'Where it stands')
const message: PrinterColumn = {
  ...column('Message', '.status.message', 'What is going on or wrong'),
  priority: 1,
}
const age: PrinterColumn = {
  ...column('Age', '.metadata.creationTimestamp', 'Since it was made'),
  type: 'date',
}

export const KINDS: readonly KindDefinition[] = [
  {
    resource: MISSIONS,
    shortName: 'mi',
    doc: 'A Mission is a DAG of stages, each a set of flight tasks that aircraft of the fleet fly.',
    fields: missionFields,
    columns: [
      phase,
      column('Stages', '.status.stagesProgress', 'Ended and all stages'),
      column('Tasks', '.status.tasksProgress', 'Ended and all tasks'),
      column('Priority', '.spec.priority', 'Order among missions'),
      age,
      message,
    ],
  },
  {
    resource: MISSION_STAGES,
    shortName: 'ms',
    doc: 'A MissionStage is a set of flight tasks that go together; a Mission makes one per stage.',
    fields: missionStageFields,
    columns: [
      phase,
      column('Mission', '.spec.missionRef.name', 'The mission that it belongs to'),
      column('Type', '.spec.stageType', 'Order of its tasks'),
      column('Tasks', '.status.tasksProgress', 'Ended and all tasks'),
      age,
    ],
  },
  {
    resource: FLIGHT_TASKS,
    shortName: 'ft',
    doc: 'A FlightTask is a piece of work that one aircraft flies, as one pod at a time.',
    fields: flightTaskFields,
    columns: [
      phase,
      column('Aircraft', '.spec.aircraftRequirement.type', 'Type of aircraft'),
      column('Node', '.status.schedulingInfo.assignedNode', 'The aircraft that has it'),
      count('Retries', '.status.retryCount', 'Attempts that failed and were tried again'),
      age,
      message,
    ],
  },
  {
    resource: WEAPONS,
    shortName: 'wp',
    doc: 'A Weapon is equipment that is carried as a container beside a task.',
    fields: weaponFields,
    columns: [
      phase,
      column('Type', '.spec.weaponType', 'Kind of weapon'),
      column('Image', '.status.currentImage', 'Image that new pods get'),
      count('Deployed', '.status.usage.totalDeployed', 'Live pods that carry it'),
      age,
    ],
  },
  {
    resource: WEAPON_LOADOUTS,
    shortName: 'wl',
    doc: 'A WeaponLoadout is a loadout with a name, which tasks refer to.',
    fields: weaponLoadoutFields,
    columns: [
      column('Aircraft', '.spec.aircraftTypes', 'Aircraft that it is meant for'),
      count('Hardpoints', '.status.totalHardpoints', 'Hardpoints that it takes'),
      age,
    ],
  },
  {
    resource: MISSION_TEMPLATES,
    shortName: 'mt',
    doc: 'A MissionTemplate holds stages with parameters, from which missions are made.',
    fields: missionTemplateFields,
    columns: [column('Parameters', '.status.parameterNames', 'What a mission may set'), age],
  },
]

/** The object that the API server is given for a kind. */
export function customResourceDefinition(kind: KindDefinition): CustomResourceDefinition {
  const { plural } = kind.resource
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        kind: kind.resource.kind,
        listKind: `${kind.resource.kind}List`,
        plural,
        singular: kind.resource.kind.toLowerCase(),
        shortNames: [kind.shortName],
        categories: ['sortie'],
      },
      scope: 'Namespaced',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(kind.resource.kind) },
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
        },
      ],
    },
  }
}

function makeRootSchema(kind: KindDefinition): StructuralSchema {
  const { properties = {}, required } = obj(kind.fields).json
  return {
    type: 'object',
    description: kind.doc,
    properties: {
      apiVersion: { type: 'string', description: `${GROUP}/${VERSION}.` },
      kind: { type: 'string', description: `${kind.resource.kind}.` },
      // The API server lets a CRD say nothing more about metadata.
      metadata: { type: 'object' },
      ...properties,
    },
    ...(required === undefined ? {} : { required }),
  }
}

const SCHEMAS: ReadonlyMap<string, StructuralSchema> = new Map(
  KINDS.map((kind) => [kind.resource.kind, makeRootSchema(kind)]),
)

/**
 * The schema of a whole object of a kind. In it metadata has no fields: they are the API server's business.
 * @throws RangeError for a kind that is not ours.
 */
export function rootSchema(kind: string): StructuralSchema {
  const schema = SCHEMAS.get(kind)
  if (schema === undefined) throw new RangeError(`no kind of ${GROUP}: ${kind}`)
  return schema
}

const DEFINITIONS: readonly CustomResourceDefinition[] = KINDS.map(customResourceDefinition)

/** The CustomResourceDefinitions of all kinds, as objects to be applied: the same ones each time, so that a server need not read them anew. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return DEFINITIONS
}
