/** A registry of images that has none until it is given some: pulls from it fail as real pulls do, and then work. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Blob, Image } from '../../tools/image/oci.ts'

export interface Registry {
  readonly url: string
  /** Requests for a manifest that it did not have. */
  readonly refused: readonly string[]
  /** Has the image from now on, under any name and tag. */
  serve(image: Image): void
  close(): Promise<void>
}

/** On an address of this machine, at a port of its own. */
export async function startRegistry(address: string): Promise<Registry> {
  const blobs = new Map<string, Blob>()
  const refused: string[] = []
  let manifest: Blob | undefined
  const server = createServer(({ method, url = '' }, response) => {
    const path = url.replace(/\?.*/, '')
    const found = path.includes('/manifests/')
      ? manifest
      : blobs.get(path.slice(path.lastIndexOf('/') + 1))
    if (path === '/v2/') response.end('{}')
    else if (found !== undefined) send(response, found, method === 'HEAD')
    else {
      refused.push(path)
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${address}:${port}`,
    refused,
    serve(image) {
      for (const blob of image.blobs) blobs.set(blob.digest, blob)
      manifest = blobs.get(image.digest)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, blob: Blob, headOnly: boolean): void {
  response.writeHead(200, {
    'content-type': blob.mediaType,
    'content-length': blob.size,
    'docker-content-digest': blob.digest,
  })
  response.end(headOnly ? undefined : blob.content)
}
