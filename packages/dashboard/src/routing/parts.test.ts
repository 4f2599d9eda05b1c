import { afterEach, expect, it, vi } from 'vitest'
import { stream } from '../stream/stream.ts'
import { stubSockets } from '../testing/sockets.ts'
import { followMissingParts } from './parts.ts'

afterEach(() => {
  stream.stop()
  vi.unstubAllGlobals()
})

/** How often the page is loaded anew where a part of it cannot be fetched. */
function loadsAfter(prepare: (socket: ReturnType<typeof stubSockets>) => void): number {
  const page = new EventTarget()
  const load = vi.fn()
  const socket = stubSockets()
  stream.start()
  prepare(socket)
  followMissingParts(page, load)
  page.dispatchEvent(new Event('vite:preloadError'))
  return load.mock.calls.length
}

it('loads the page anew where the server is there and has another', () => {
  expect(loadsAfter((socket) => socket().greet())).toBe(1)
})

it('keeps the page where the server is away: there would be none in its place', () => {
  expect(
    loadsAfter((socket) => {
      socket().greet()
      socket().drop()
    }),
  ).toBe(0)
})
