/** The network between browser and dashboard server: can be cut, and can fall silent without a word. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface Wire {
  readonly port: number
  /** `cut`: connections break and none comes about. `silent`: they stay, and nothing passes. */
  state: 'whole' | 'cut' | 'silent'
  close(): void
}

/** @param target asked at each connection: the port behind */
export async function startWire(target: () => number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let state: Wire['state'] = 'whole'
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy()
    const far = connect(target(), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (state === 'silent') from.unpipe(to).pause()
    }
    peers.set(near, far)
    peers.set(far, near)
  })
  const peers = new WeakMap<Socket, Socket>()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const turn = (next: Wire['state']): void => {
    // Piped once more, each byte would pass twice.
    if (next === state) return
    state = next
    for (const socket of sockets) {
      const peer = peers.get(socket)
      if (next === 'cut') socket.destroy()
      else if (next === 'silent') socket.unpipe().pause()
      else if (peer !== undefined) socket.pipe(peer)
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    get state() {
      return state
    },
    set state(next) {
      turn(next)
    },
    close() {
      turn('cut')
      server.close()
    },
  }
}
