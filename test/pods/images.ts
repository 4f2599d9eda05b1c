/** The images of the missions that fly here: one static program under all its names, made on the spot. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { PAUSE } from '@sortie/testing'
import { buildImage, type Image } from '../../tools/image/oci.ts'
import type { TarEntry } from '../../tools/image/tar.ts'

const BUSYBOX = '/bin/busybox'

function busyboxFiles(): readonly TarEntry[] {
  const names = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  return [
    { path: 'bin/busybox', kind: 'file', mode: 0o755, content: readFileSync(BUSYBOX) },
    ...names
      .filter((name) => name !== 'busybox')
      .map(
        (name): TarEntry => ({ path: `bin/${name}`, kind: 'link', mode: 0o777, target: 'busybox' }),
      ),
    { path: 'tmp', kind: 'folder', mode: 0o1777 },
  ]
}

/** An image that starts with a command of busybox. */
export function busyboxImage(name: string, entrypoint: readonly string[]): Image {
  return buildImage({
    name,
    license: 'GPL-2.0-only',
    arch: process.arch,
    user: '0:0',
    entrypoint,
    env: ['PATH=/bin'],
    layers: [{ comment: 'busybox', entries: busyboxFiles() }],
  })
}

/** What a weapon's image does by itself: it serves until it is told to end. */
export const HOLDING = [
  '/bin/sh',
  '-c',
  'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done',
] as const

/** What every node gets: all that the missions name, and what holds pods. */
export function missionImages(): readonly Image[] {
  const weapons = ['pl-15:v1.2.0', 'kd-20:v0.9.1', 'ew-pod:v2.0.0', 'jammer:v1', 'jammer:v2']
  return [
    busyboxImage(PAUSE.image, PAUSE.entrypoint),
    busyboxImage('busybox:1.36', ['/bin/sh']),
    ...weapons.map((name) => busyboxImage(`registry.example/weapons/${name}`, HOLDING)),
  ]
}
