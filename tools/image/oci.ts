/** An OCI image layout as one tar: what `docker load`, `ctr images import`, `podman load` and `skopeo` read. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type TarEntry, tar, withFolders } from './tar.ts'

export interface ImageOptions {
  /** As a pod spec says it: `sortie:0.1.0`, `registry.example/weapons/radar:v1`. */
  readonly name: string
  /** SPDX. */
  readonly license: string
  /** Node's word for the processor. */
  readonly arch: string
  /** `uid:gid`. */
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly env: readonly string[]
  /** From the one that changes least. */
  readonly layers: readonly { readonly comment: string; readonly entries: readonly TarEntry[] }[]
}

export interface Image {
  /** As a pod spec says it. */
  readonly name: string
  /** Of the manifest, `sha256:…`: what a pod spec may pin. */
  readonly digest: string
  /** Layers, configuration and manifest: what a registry serves. */
  readonly blobs: readonly Blob[]
}

export interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly content: Buffer
}

const OCI = 'application/vnd.oci.image'
/** The same for every build of the same content. */
const CREATED = '2026-01-01T00:00:00Z'

export function buildImage(options: ImageOptions): Image {
  const layers = options.layers.map(({ comment, entries }) => {
    const plain = tar(withFolders(entries))
    const content = gzipSync(plain, { level: 6 })
    return { comment, diffId: digestOf(plain), blob: blob(`${OCI}.layer.v1.tar+gzip`, content) }
  })
  const config = jsonBlob(`${OCI}.config.v1+json`, {
    created: CREATED,
    architecture: ARCHITECTURES[options.arch] ?? options.arch,
    os: 'linux',
    config: {
      User: options.user,
      Env: options.env,
      Entrypoint: options.entrypoint,
      WorkingDir: '/',
      Labels: labelsOf(options),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ comment }) => ({ created: CREATED, created_by: comment })),
  })
  const manifest = jsonBlob(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: descriptor(config),
    layers: layers.map(({ blob: layer }) => descriptor(layer)),
  })
  const blobs = [...layers.map((layer) => layer.blob), config, manifest]
  return { name: options.name, digest: manifest.digest, blobs }
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

function labelsOf({ name, license }: ImageOptions): Readonly<Record<string, string>> {
  const { title, tag } = partsOf(name)
  return {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.version': tag,
    'org.opencontainers.image.licenses': license,
  }
}

function partsOf(name: string) {
  const [path = '', tag = 'latest'] = name.split(/:(?=[^/]*$)/)
  const title = path.slice(path.lastIndexOf('/') + 1)
  const [first = ''] = path.split('/')
  // What has no registry is Docker's, and there in its library where it has no owner either.
  const registry = /[.:]|^localhost$/.test(first) && path.includes('/')
  const home = registry ? '' : path.includes('/') ? 'docker.io/' : 'docker.io/library/'
  return { title, tag, reference: `${home}${path}:${tag}` }
}

/** One archive of images, in which what they have in common is once. */
export function archiveOf(images: readonly Image[]): Buffer {
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: images.flatMap(({ name, digest, blobs }) => {
      const { tag, reference } = partsOf(name)
      const annotations = {
        'org.opencontainers.image.ref.name': tag,
        'io.containerd.image.name': reference,
      }
      return blobs
        .filter((blob) => blob.digest === digest)
        .map((manifest) => ({ ...descriptor(manifest), annotations }))
    }),
  }
  const blobs = new Map(images.flatMap((image) => image.blobs.map((blob) => [blob.digest, blob])))
  const entry = (path: string, content: Buffer): TarEntry => ({
    path,
    kind: 'file',
    mode: 0o644,
    content,
  })
  return tar(
    withFolders([
      entry('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      entry('index.json', json(index)),
      ...[...blobs.values()].map(({ digest, content }) =>
        entry(`blobs/${digest.replace(':', '/')}`, content),
      ),
    ]),
  )
}

function descriptor({ mediaType, digest, size }: Blob): object {
  return { mediaType, digest, size }
}

function jsonBlob(mediaType: string, value: object): Blob {
  return blob(mediaType, json(value))
}

function blob(mediaType: string, content: Buffer): Blob {
  return { mediaType, digest: digestOf(content), size: content.length, content }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
