import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { stream } from '../stream/stream.ts'
import { giveSizes, HEIGHT, type Mounted, mountInApp } from '../testing/mounting.ts'
import { stubSockets, type TestSocket } from '../testing/sockets.ts'
import LogView from './LogView.vue'

let mounted: Mounted
let socket: () => TestSocket
beforeAll(giveSizes)
beforeEach(() => {
  socket = stubSockets()
  // A frame is there at once.
  vi.stubGlobal('requestAnimationFrame', (show: () => void) => {
    queueMicrotask(show)
    return 1
  })
  stream.start()
  socket().greet()
})
afterEach(() => {
  mounted.wrapper.unmount()
  stream.stop()
  vi.unstubAllGlobals()
})

async function show() {
  mounted = await mountInApp(LogView, {
    props: { namespace: 'north', pod: 'p', containers: ['task', 'radar'] },
  })
  await flushPromises()
  return mounted.wrapper
}
const logs = () => socket().sent.filter(({ type }) => type === 'logs')
const say = async (lines: readonly string[]) => {
  const id = logs().at(-1)?.['id'] as number
  socket().say({ type: 'lines', id, lines })
  await flushPromises()
}
const isFollowing = () =>
  mounted.wrapper.findAll<HTMLInputElement>('input[type=checkbox]')[1]?.element.checked

/** The person scrolls: `fromEnd` pixels are left below what is in sight. */
async function scroll(fromEnd: number): Promise<void> {
  const log = mounted.wrapper.get('[data-log]')
  const height = 10_000
  Object.defineProperty(log.element, 'scrollHeight', { configurable: true, value: height })
  log.element.scrollTop = height - HEIGHT - fromEnd
  await log.trigger('scroll')
}

it('asks for the first container’s log, followed, and shows its lines', async () => {
  const wrapper = await show()
  expect(logs().map(({ source }) => source)).toEqual([
    { namespace: 'north', pod: 'p', container: 'task', follow: true, tailLines: 5_000 },
  ])
  await say(['take-off', 'cruise'])
  expect(wrapper.findAll('.line .text').map((line) => line.text())).toEqual(['take-off', 'cruise'])
})

it('stops following when the person scrolls up, and begins again at the end', async () => {
  await show()
  await say(['one', 'two'])
  expect(isFollowing()).toBe(true)
  await scroll(500)
  expect(isFollowing()).toBe(false)
  await say(['three'])
  expect(isFollowing()).toBe(false)
  await scroll(0)
  expect(isFollowing()).toBe(true)
})

it('opens the log anew for another container, and gives the old one up', async () => {
  const wrapper = await show()
  await say(['one'])
  await wrapper.get('select').setValue('radar')
  await flushPromises()
  expect(logs().map(({ source }) => (source as { container: string }).container)).toEqual([
    'task',
    'radar',
  ])
  expect(socket().asked).toContain(`unsubscribe ${logs()[0]?.['id']}`)
  expect(wrapper.findAll('.line')).toEqual([])
})

it('finds text, counts it, and does not follow while the person goes through it', async () => {
  const wrapper = await show()
  await say(['launch', 'cruise', 'relaunch'])
  const search = wrapper.get('input[type=search]')
  await search.setValue('LAUNCH')
  expect(wrapper.get('[role=status]').text()).toBe('1/2')
  await search.trigger('keydown', { key: 'Enter' })
  expect(wrapper.get('[role=status]').text()).toBe('2/2')
  expect(wrapper.findAll('.hit')).toHaveLength(2)
  expect(isFollowing()).toBe(false)
})

it('says how a log ended', async () => {
  const wrapper = await show()
  await say(['one'])
  socket().say({ type: 'end', id: logs()[0]?.['id'] as number, message: 'pod is gone' })
  await flushPromises()
  expect(wrapper.get('.end').text()).toContain('pod is gone')
})

it('shows colours as styles and never as HTML', async () => {
  const wrapper = await show()
  await say(['\u001b[31m<img src=x onerror=alert(1)>\u001b[0m'])
  expect(wrapper.find('img').exists()).toBe(false)
  expect(wrapper.get('.line .text').text()).toBe('<img src=x onerror=alert(1)>')
})

it('keeps the lines in sight while the connection is lost, and reads the log again with the next one', async () => {
  const wrapper = await show()
  await say(['take-off', 'cruise'])
  const first = socket()
  first.drop()
  await flushPromises()
  expect(wrapper.findAll('.line')).toHaveLength(2)
  expect(wrapper.get('.end').text()).toContain('connection lost')
  stream.start()
  socket().greet()
  await flushPromises()
  expect(socket()).not.toBe(first)
  expect(logs()).toHaveLength(1)
  expect(wrapper.find('.end').exists()).toBe(false)
  await say(['take-off', 'cruise', 'landing'])
  expect(wrapper.findAll('.line')).toHaveLength(3)
})
