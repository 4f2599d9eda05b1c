/** Weapon: equipment that is carried as a container beside a task. */
import type { KubeObject, Stored } from '@sortie/machinery'
import { type In, int, listMap, type Out, obj, oneOf, raw, str } from '../schema/builder.ts'
import * as fields from './fields.ts'

export const WEAPON_PHASES = ['Available', 'Updating', 'Deprecated'] as const
export type WeaponPhase = (typeof WEAPON_PHASES)[number]

const fact = (what: string) => fields.text(256).doc(`Informational: ${what}.`).optional()

const specifications = () =>
  obj({
    manufacturer: fact('who makes it'),
    weight: fact('weight'),
    length: fact('length'),
    diameter: fact('diameter'),
    range: fact('range'),
    speed: fact('speed'),
    guidance: fact('guidance'),
    warhead: fact('warhead'),
  })

const container = () =>
  obj({
    env: listOfNamed('Environment variables, as in core/v1 EnvVar.'),
    volumeMounts: fields
      .freeObjects('A mount, as in core/v1 VolumeMount.')
      .doc('Mounts; weapon-interface at /interface is there anyway.')
      .optional(),
    ports: fields.freeObjects('A port, as in core/v1 ContainerPort.').doc('Ports.').optional(),
    livenessProbe: raw().doc('Probe, as in core/v1 Probe.').optional(),
    resources: raw().doc('Requests and limits, as in core/v1 ResourceRequirements.').optional(),
    command: fields.textList().doc("Replaces the image's entry point.").optional(),
    args: fields.textList().doc('Arguments of the command.').optional(),
    lifecycle: oneOf('Sidecar', 'Companion')
      .default('Sidecar')
      .doc(
        'Sidecar: starts before the task and ends with it (a native sidecar). Companion: an ordinary container beside the task.',
      ),
  })

function listOfNamed(text: string) {
  return fields.freeObjects('A variable with its name and value.').doc(text).optional()
}

const updateStrategy = () =>
  obj({
    type: oneOf('OnNextTask', 'HotReload', 'Recreate', 'RollingUpdate')
      .default('OnNextTask')
      .doc(
        'What a change of image does to running pods. OnNextTask: nothing. HotReload: the sidecar restarts with the new image. Recreate and RollingUpdate: the pods are replaced, the latter at most maxUnavailable at a time.',
      ),
    rollingUpdate: obj({
      maxUnavailable: fields
        .measure()
        .default(1)
        .doc('Pods replaced at a time: a number, or a percentage such as `25%`.'),
    })
      .doc('Settings of RollingUpdate.')
      .optional(),
  })

const weaponSpec = () =>
  obj({
    weaponName: fields.text(256).doc('Name for people; passed as WEAPON_NAME.').optional(),
    weaponType: fields.text(256).doc('Kind of weapon; passed as WEAPON_TYPE.').optional(),
    category: fields.text(256).doc('Informational: category.').optional(),
    specifications: specifications().doc('Informational: data sheet.').optional(),
    image: obj({
      repository: str()
        .max(512)
        .doc('Image without its tag: `registry:5000/path/name`.')
        .optional(),
      tag: str().max(128).doc('Tag of the image; `latest` where it is missing.').optional(),
      pullPolicy: oneOf('Always', 'IfNotPresent', 'Never')
        .doc('When the kubelet pulls it.')
        .optional(),
    })
      .doc('The container image that plays the weapon.')
      .optional(),
    resources: obj({
      hardpoints: int()
        .min(0)
        .max(1000)
        .doc('Hardpoints that one takes on the aircraft; 1 where it is missing.')
        .optional(),
      weight: fields.measure().doc('Informational: weight.').optional(),
      power: fields.measure().doc('Informational: power.').optional(),
      cooling: oneOf('low', 'medium', 'high').doc('Informational: cooling.').optional(),
    })
      .doc('What it takes of the aircraft.')
      .optional(),
    compatibility: obj({
      aircraftTypes: fields
        .textSet(64)
        .doc('Aircraft that can carry it; all where the list is missing or empty.')
        .optional(),
      hardpointTypes: fields
        .textSet(64)
        .doc('Hardpoint types that it fits; all where the list is missing or empty.')
        .optional(),
    })
      .doc('Where it fits.')
      .optional(),
    container: container().default({}).doc('Settings of its container.'),
    version: obj({
      current: fields.text(128).doc('Version of the equipment.').optional(),
      changelog: fields.text(16_384).doc('What changed.').optional(),
      releaseDate: fields.text(64).doc('When it was released.').optional(),
    })
      .doc('Informational: version.')
      .optional(),
    updateStrategy: updateStrategy()
      .default({})
      .doc('What a change of image does to running pods.'),
  })

const weaponStatus = () =>
  obj({
    phase: oneOf(...WEAPON_PHASES)
      .default('Available')
      .doc('Updating until no live pod carries the old image.'),
    usage: obj({
      totalDeployed: fields.count().default(0).doc('Live pods that carry it.'),
      totalFired: fields.count().default(0).doc('Reported by tasks; no controller counts it.'),
      successRate: fields.measure().doc('Reported by tasks, as `0.95`.').optional(),
    })
      .default({})
      .doc('Where it is used.'),
    compatibilityChecks: listMap(
      obj({
        aircraftType: str().max(63).doc('Type of aircraft.'),
        compatible: fields.flag().doc('Whether it fits.').optional(),
        lastChecked: fields.time().doc('When this answer last changed.').optional(),
      }),
      'aircraftType',
    )
      .max(256)
      .doc('One row per aircraft type of the spec and of the fleet.')
      .optional(),
    currentImage: str().max(1024).doc('The image with its tag, as new pods get it.').optional(),
    conditions: fields.conditions().doc('RolledOut.').optional(),
    observedGeneration: fields.observedGeneration().optional(),
  })

export const weaponFields = {
  spec: weaponSpec().default({}).doc('What the weapon is.'),
  status: weaponStatus()
    .default({})
    .doc('Where it is used; written by the controller, but for phase Deprecated.'),
}

export type WeaponSpec = Out<typeof weaponFields.spec>
export type WeaponSpecInput = In<typeof weaponFields.spec>
export type WeaponStatus = Out<typeof weaponFields.status>

export interface Weapon extends KubeObject {
  readonly spec: WeaponSpec
  readonly status?: WeaponStatus
}
export type StoredWeapon = Stored<Weapon>
