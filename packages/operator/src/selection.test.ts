import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startHarness } from './harness.fixtures.ts'

describe('an operator that looks after one namespace', () => {
  const watchesOf = async (config: { namespace?: string }): Promise<string[]> => {
    const harness = await startHarness()
    try {
      await harness.startOperator(config)
      const watches = harness.requests.filter(({ method }) => method === 'WATCH')
      return watches.map(({ path }) => path)
    } finally {
      await harness.stop()
    }
  }
  test('watches every type once, as one that looks after all does', async () => {
    const [one, all] = [await watchesOf({ namespace: 'default' }), await watchesOf({})]
    assert.equal(new Set(one).size, one.length)
    assert.equal(one.length, all.length)
  })
  test('watches nothing of other namespaces but the fleet', async () => {
    const wide = (await watchesOf({ namespace: 'default' })).filter(
      (watch) => !watch.includes('/namespaces/default/'),
    )
    assert.equal(wide.length, 1)
    assert.match(wide[0] ?? '', /nodes/)
  })
})
