import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createWaitingQueue, type QueuedPod, type WaitingQueue } from './queue.ts'
import { infoOf, makeNode, makeTaskPod, type PodOptions } from './snapshot/builders.fixtures.ts'
import { podInfo } from './snapshot/podinfo.ts'

const NODE = infoOf(makeNode('n'))
const NEEDS: readonly PodOptions[] = [
  {},
  { spec: { nodeSelector: { type: 'h6k' } } },
  { spec: { affinity: { podAntiAffinity: {} } } },
]
const SIGNATURES = NEEDS.map((options) => podInfo(makeTaskPod('p', options)).signature)

/** A pod that waits, in the plainest terms. */
interface Waiting {
  readonly needs: number
  readonly order: number
  gang?: string | undefined
  state: 'active' | 'aside' | 'held'
}

/** The rules of the queue on a plain list. */
class Model {
  readonly pods = new Map<string, Waiting>()

  entries = (state: Waiting['state']): [string, Waiting][] =>
    [...this.pods].filter(([, pod]) => pod.state === state)

  membersOf = (gang: string): [string, Waiting][] =>
    [...this.pods].filter(([, pod]) => pod.gang === gang)

  set(uid: string, needs: number, order: number): void {
    const before = this.pods.get(uid)
    if (before?.needs === needs && before.order === order) return
    this.pods.set(uid, { needs, order, state: 'active' })
  }

  wake(uids: Iterable<string>): void {
    for (const uid of uids) {
      const pod = this.pods.get(uid)
      if (pod !== undefined) pod.state = 'active'
    }
  }

  wakeGang = (gang: string): void => this.wake(this.membersOf(gang).map(([uid]) => uid))

  take(limit: number): string[] {
    const taken: string[] = []
    for (const [uid, { gang }] of this.entries('active').sort(
      ([, a], [, b]) => a.order - b.order,
    )) {
      if (taken.length >= limit) break
      const whole = gang === undefined ? [uid] : this.membersOf(gang).map(([member]) => member)
      const isNew = (one: string): boolean =>
        this.pods.get(one)?.state === 'active' && !taken.includes(one)
      taken.push(...whole.filter(isNew))
    }
    for (const uid of taken) this.#put(uid, 'aside')
    return taken
  }

  #put(uid: string, state: Waiting['state']): void {
    const pod = this.pods.get(uid)
    if (pod !== undefined) pod.state = state
  }

  hold = (uid: string): void => this.#put(uid, 'held')

  wakeFor(needs: ReadonlySet<number>, room: number, excluded: readonly string[]): void {
    const suited = this.entries('aside').filter(([, pod]) => needs.has(pod.needs))
    const gangs = new Set(suited.flatMap(([, { gang }]) => gang ?? []))
    for (const one of needs) {
      const singles = suited.filter(
        ([name, pod]) => pod.needs === one && pod.gang === undefined && !excluded.includes(name),
      )
      const sorted = singles.sort(([, a], [, b]) => a.order - b.order)
      this.wake(sorted.slice(0, room).map(([uid]) => uid))
    }
    for (const gang of gangs) this.wakeGang(gang)
  }
}

type Call = (queue: WaitingQueue, model: Model) => void

const uid = fc.nat({ max: 7 }).map((number) => `pod-${number}`)
const gang = fc.constantFrom('g', 'h')
const setCall = fc
  .record({ number: fc.nat({ max: 7 }), needs: fc.nat({ max: 2 }), level: fc.nat({ max: 2 }) })
  .map(({ number, needs, level }): Call => {
    // No two pods have the same place: which of them goes first is nobody's promise.
    const order = 10 * level + number
    const pod: QueuedPod = { info: podInfo(makeTaskPod(`${number}`, NEEDS[needs])), order }
    return (queue, model) => {
      queue.set(pod)
      model.set(`pod-${number}`, needs, order)
      assert.equal(queue.get(`pod-${number}`), pod, 'it has the pod as it is now')
    }
  })
const joinCall = fc.tuple(uid, fc.option(gang, { nil: undefined })).map(
  ([pod, whose]): Call =>
    (queue, model) => {
      queue.join(pod, whose)
      const held = model.pods.get(pod)
      if (held !== undefined) held.gang = whose
    },
)
const takeCall = fc.integer({ min: 1, max: 9 }).map(
  (limit): Call =>
    (queue, model) => {
      const taken = queue.take(limit).map(({ info }) => info.uid)
      assert.deepEqual(taken.sort(), model.take(limit).sort())
    },
)
const wakeForCall = fc
  .tuple(
    fc.uniqueArray(fc.nat({ max: 2 })),
    fc.integer({ min: 1, max: 3 }),
    fc.array(uid, { maxLength: 2 }),
  )
  .map(
    ([needs, room, excluded]): Call =>
      (queue, model) => {
        const signatures = needs.map((one) => SIGNATURES[one])
        queue.wakeFor(NODE, room, {
          fits({ signature }, node) {
            assert.equal(node, NODE)
            return signatures.includes(signature)
          },
          isExcluded: ({ uid: pod }) => excluded.includes(pod),
        })
        model.wakeFor(new Set(needs), room, excluded)
      },
  )
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: setCall },
  { weight: 3, arbitrary: takeCall },
  { weight: 3, arbitrary: joinCall },
  { weight: 2, arbitrary: wakeForCall },
  uid.map(
    (pod): Call =>
      (queue, model) => {
        queue.remove(pod)
        model.pods.delete(pod)
      },
  ),
  uid.map(
    (pod): Call =>
      (queue, model) => {
        queue.hold(pod)
        model.hold(pod)
      },
  ),
  uid.map(
    (pod): Call =>
      (queue, model) => {
        queue.wake(pod)
        model.wake([pod])
      },
  ),
  uid.map(
    (pod): Call =>
      (queue, model) => {
        queue.wakeWhere(({ uid: one }) => one === pod)
        if (model.pods.get(pod)?.state === 'aside') model.wake([pod])
      },
  ),
  gang.map(
    (whose): Call =>
      (queue, model) => {
        queue.wakeGang(whose)
        model.wakeGang(whose)
      },
  ),
  fc.constant<Call>((queue, model) => {
    queue.wakeInteracting()
    model.wake(
      model
        .entries('aside')
        .filter(([, { needs }]) => needs === 2)
        .map(([pod]) => pod),
    )
  }),
)

test('the queue does what a plain list of pods and their states would, in any order of calls', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60, size: 'max' }), (calls) => {
      let told = 0
      const queue = createWaitingQueue(() => told++)
      const model = new Model()
      for (const one of calls) {
        const before = { told, active: queue.active }
        one(queue, model)
        assert.equal(queue.size, model.pods.size)
        assert.equal(queue.active, model.entries('active').length)
        if (queue.active > before.active) assert.ok(told > before.told, 'somebody is told')
        for (const whose of ['g', 'h']) {
          const members = model.membersOf(whose)
          assert.equal(queue.hasGang(whose), members.length > 0)
          const aside = members.filter(([, { state }]) => state === 'aside').map(([pod]) => pod)
          const found = queue.asideOf(whose).map(({ info }) => info.uid)
          assert.deepEqual(found.sort(), aside.sort())
        }
      }
      const active = model.entries('active').map(([pod]) => pod)
      const rest = queue.take(100).map(({ info }) => info.uid)
      assert.deepEqual(rest.sort(), active.sort(), 'what is woken is handed out')
    }),
    { numRuns: 400 },
  )
})
