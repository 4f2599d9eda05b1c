/** `npm run image`: the image of `sortie` as an OCI archive, without Docker and without the network. Linux only. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFAULT_SETTINGS } from '@sortie/cli'
import { ENVIRONMENT } from './image/bundle.ts'
import { archiveOf, buildImage, type Image } from './image/oci.ts'
import { commandFiles, ENTRYPOINT, systemFiles, USER } from './image/rootfs.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

/** @throws Error on a system that is not Linux, or that lacks a library of Node */
export async function sortieImage(): Promise<Image> {
  if (process.platform !== 'linux') throw new Error('the image takes its libraries from Linux')
  return buildImage({
    name: DEFAULT_SETTINGS.image,
    license: 'Apache-2.0',
    arch: process.arch,
    user: `${USER}:${USER}`,
    entrypoint: [ENTRYPOINT],
    env: Object.entries({ PATH: '/usr/local/bin', ...ENVIRONMENT, HOME: '/tmp' }).map((entry) =>
      entry.join('='),
    ),
    layers: [
      { comment: 'Node.js, its libraries, certificates', entries: systemFiles(ROOT) },
      { comment: 'sortie', entries: await commandFiles(ROOT) },
    ],
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { output: { type: 'string', short: 'o' } } })
  const path = resolve(values.output ?? join(ROOT, 'dist/sortie-image.tar'))
  const image = await sortieImage()
  const archive = archiveOf([image])
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, archive)
  const size = (archive.length / 1e6).toFixed(1)
  console.log(`${relative(process.cwd(), path)}  ${size} MB  ${image.digest}`)
  console.log(
    `docker load -i FILE, ctr -n k8s.io images import FILE, or skopeo copy oci-archive:FILE`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
