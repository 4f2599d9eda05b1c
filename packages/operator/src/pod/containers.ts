/** The containers of a task's pod: the template's or a default one, and one for each weapon. */
import {
  DEFAULT_IMAGES,
  DEFAULT_TASK_SECONDS,
  ENV,
  EXTENDED_RESOURCES,
  MESSAGES,
  POD,
  type Problem,
  problem,
  weaponContainerName,
} from '@sortie/api'

import type { JsonObject, JsonValue } from '@sortie/machinery'
import { listOf, objectOf, objectsOf, textOf } from './fields.ts'
import type { LoadoutItem, TaskOrder, WeaponFacts } from './order.ts'

export interface CarriedWeapon {
  readonly item: LoadoutItem
  readonly weapon: WeaponFacts
}

/** Adds variables before the container's own, which win where both define one. */
export function withEnvironment(
  container: JsonObject,
  variables: readonly JsonObject[],
): JsonObject {
  const own = listOf(container.env)
  const named = new Set(own.map((variable) => textOf(variable, 'name')))
  const added = variables.filter((variable) => !named.has(textOf(variable, 'name')))
  return { ...container, env: [...added, ...(own as JsonValue[])] }
}

/** A variable whose text the kubelet must not expand: `$(` would refer to another variable. */
export function variable(name: string, value: string): JsonObject {
  return { name, value: value.replaceAll('$(', '$$$$(') }
}

/**
 * The container of a task without podTemplate. It says who it is and sleeps; its user is no root and it may nothing, so that
 * it runs in a namespace of pod security `restricted` too.
 */
export function defaultContainer(order: TaskOrder): JsonObject {
  const seconds = (order.missionDurationMs ?? DEFAULT_TASK_SECONDS * 1000) / 1000
  return {
    name: POD.taskContainer,
    image: DEFAULT_IMAGES.task,
    // The shell stays the first process, since sleep in its place would not hear the signal to stop.
    command: [
      'sh',
      '-c',
      `echo "$${ENV.taskName}"; trap "exit 143" TERM; sleep ${formatSeconds(seconds)} & wait $!`,
    ],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      readOnlyRootFilesystem: true,
    },
  }
}

/** busybox's sleep takes a fraction where it was built with it, so whole seconds are written whole. */
function formatSeconds(seconds: number): string {
  return Number.isInteger(seconds) ? seconds.toFixed(0) : seconds.toFixed(3)
}

/** Puts what a task takes of its aircraft on a container, requests equal to limits as extended resources must be. */
export function withAircraftShare(container: JsonObject, hardpoints: number): JsonObject {
  const share: Record<string, string> = {
    [EXTENDED_RESOURCES.slot]: '1',
    ...(hardpoints > 0 ? { [EXTENDED_RESOURCES.hardpoint]: String(hardpoints) } : {}),
  }
  const resources = objectOf(container.resources)
  return {
    ...container,
    resources: {
      ...resources,
      requests: { ...objectOf(resources.requests), ...share },
      limits: { ...objectOf(resources.limits), ...share },
    },
  }
}

/** The container of one weapon. `problems` gets what keeps it from being made. */
export function weaponContainer(
  carried: CarriedWeapon,
  aircraftType: string,
  problems: Problem[],
): JsonObject {
  const { item, weapon } = carried
  if (weapon.image === undefined) {
    const message = `Weapon ${weapon.key} names no image (spec.image.repository)`
    problems.push(problem(['spec', 'weaponLoadout'], 'Image', message))
  }
  const { container } = weapon
  const kept = ['command', 'args', 'ports', 'livenessProbe', 'resources', 'volumeMounts', 'env']
  const own = Object.fromEntries(
    kept.flatMap((key) => (container[key] === undefined ? [] : [[key, container[key]]])),
  )
  const base: JsonObject = {
    ...own,
    name: weaponContainerName(item.weapon),
    ...(weapon.image === undefined ? {} : { image: weapon.image }),
    ...(weapon.pullPolicy === undefined ? {} : { imagePullPolicy: weapon.pullPolicy }),
    ...(weapon.companion ? {} : { restartPolicy: 'Always' }),
  }
  return withEnvironment(base, weaponVariables(carried, aircraftType))
}

function weaponVariables({ item, weapon }: CarriedWeapon, aircraftType: string) {
  return [
    variable(ENV.weaponName, weapon.displayName),
    variable(ENV.weaponType, weapon.type),
    variable(ENV.quantity, String(item.quantity)),
    variable(ENV.mountPoints, item.mountPoints.join(',')),
    variable(ENV.aircraftType, aircraftType),
  ]
}

/**
 * Mounts the exchange volume at /interface, unless the container does so itself. That another volume is mounted there is checked
 * for templates by `checkPodTemplate`, for weapons here.
 */
export function withInterface(container: JsonObject): JsonObject {
  const mounts = objectsOf(container.volumeMounts)
  if (mounts.some((mount) => isAt(mount, POD.interfacePath))) return container
  const mount = { name: POD.interfaceVolume, mountPath: POD.interfacePath }
  return { ...container, volumeMounts: [...mounts, mount] }
}

/** What a weapon mounts in the place of the exchange volume. */
export function interfaceProblems({ weapon }: CarriedWeapon): readonly Problem[] {
  return objectsOf(weapon.container.volumeMounts)
    .filter((mount) => isAt(mount, POD.interfacePath))
    .filter((mount) => textOf(mount, 'name') !== POD.interfaceVolume)
    .map(() => problem([`Weapon ${weapon.key}`, 'spec'], 'Reserved', MESSAGES.reservedMount))
}

function isAt(mount: JsonObject, path: string): boolean {
  return textOf(mount, 'mountPath')?.replace(/\/+$/, '') === path
}

/**
 * The pod's volumes: the template's, the exchange volume, and an empty one for every volume that a weapon mounts and nobody
 * declares, since a Weapon has no place to declare one.
 */
export function podVolumes(
  declared: unknown,
  weapons: readonly JsonObject[],
): readonly JsonObject[] {
  const volumes = [...objectsOf(declared)]
  const names = new Set(volumes.map((volume) => textOf(volume, 'name')))
  const wanted = weapons.flatMap((container) =>
    objectsOf(container.volumeMounts).map((mount) => textOf(mount, 'name')),
  )
  for (const name of [POD.interfaceVolume, ...wanted]) {
    if (name === undefined || names.has(name)) continue
    names.add(name)
    volumes.push({ name, emptyDir: {} })
  }
  return volumes
}
