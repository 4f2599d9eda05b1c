import { afterEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { stream } from '../stream/stream.ts'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import { stubSockets } from '../testing/sockets.ts'
import { startTicking } from '../time/now.ts'
import FreshnessBadge from './FreshnessBadge.vue'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('counts the seconds for the eye, and tells a screen reader of what has changed alone', async () => {
  vi.useFakeTimers()
  startTicking()
  const socket = stubSockets()
  stream.start()
  socket().greet()
  mounted = await mountInApp(FreshnessBadge)
  const { wrapper } = mounted
  const told = () => wrapper.get('[role=status]').text()
  expect(told()).toBe('Live')
  for (let attempt = 0; attempt < 5; attempt++) {
    socket().drop()
    await vi.advanceTimersByTimeAsync(attempt < 4 ? 10_000 : 2_000)
  }
  await nextTick()
  expect([told(), wrapper.text()]).toEqual(['Offline', expect.stringMatching(/Offline.*\d+s/s)])
})
