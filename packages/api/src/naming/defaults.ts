/** Objects as the API server and the mission's controller complete them. */
import type { JsonValue, KubeObject } from '@sortie/machinery'
import { rootSchema } from '../crd.ts'
import type { FlightTask, FlightTaskSpecInput } from '../kinds/flighttask.ts'
import type { Mission, MissionSpecInput } from '../kinds/mission.ts'
import type { MissionStage, MissionStageSpecInput } from '../kinds/missionstage.ts'
import type {
  MissionTemplate,
  MissionTemplateSpecInput,
  WeaponLoadout,
  WeaponLoadoutSpecInput,
} from '../kinds/templates.ts'
import type { Weapon, WeaponSpecInput } from '../kinds/weapon.ts'
import { applyDefaults } from '../schema/defaults.ts'
import { nameTasks } from './tasks.ts'

/** A manifest: what a user may write for a kind. */
export interface Manifest<Spec> extends KubeObject {
  readonly spec: Spec
}
export type MissionManifest = Manifest<MissionSpecInput>
export type MissionStageManifest = Manifest<MissionStageSpecInput>
export type FlightTaskManifest = Manifest<FlightTaskSpecInput>
export type WeaponManifest = Manifest<WeaponSpecInput>
export type WeaponLoadoutManifest = Manifest<WeaponLoadoutSpecInput>
export type MissionTemplateManifest = Manifest<MissionTemplateSpecInput>

interface KindTypes {
  Mission: { readonly manifest: MissionManifest; readonly object: Mission }
  MissionStage: { readonly manifest: MissionStageManifest; readonly object: MissionStage }
  FlightTask: { readonly manifest: FlightTaskManifest; readonly object: FlightTask }
  Weapon: { readonly manifest: WeaponManifest; readonly object: Weapon }
  WeaponLoadout: { readonly manifest: WeaponLoadoutManifest; readonly object: WeaponLoadout }
  MissionTemplate: { readonly manifest: MissionTemplateManifest; readonly object: MissionTemplate }
}
export type KindName = keyof KindTypes

/** An object with everything that the API server fills in, status.phase included. Shares what needs no change. */
export function complete<K extends KindName>(
  kind: K,
  manifest: KindTypes[K]['manifest'],
): KindTypes[K]['object'] {
  const value = manifest as unknown as JsonValue
  return applyDefaults(rootSchema(kind), value) as unknown as KindTypes[K]['object']
}

/** A mission with all defaults, those of task names included. */
export function withDefaults(manifest: MissionManifest): Mission {
  const mission = complete('Mission', manifest)
  if (mission.spec.stages === undefined) return mission
  const stages = mission.spec.stages.map((stage) =>
    stage.flightTasks === undefined
      ? stage
      : { ...stage, flightTasks: nameTasks(stage.flightTasks) },
  )
  return { ...mission, spec: { ...mission.spec, stages } }
}
