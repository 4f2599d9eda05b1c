import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AIRCRAFT } from '../constants.ts'
import { formatPath } from '../validation/problem.ts'
import { fuelStatusOf, parseAircraft } from './facts.ts'

const labels = {
  'aircraft.mil/type': 'j20',
  'aircraft.mil/status': 'ready',
  'aircraft.mil/fuel.level': '80',
  'aircraft.mil/fuel.status': 'high',
  'aircraft.mil/hardpoint.total': '6',
  'aircraft.mil/hardpoint.available': '4',
  'aircraft.mil/capability.stealth': 'true',
  'aircraft.mil/capability.radar': 'true',
  'aircraft.mil/capability.tanker': 'false',
  'aircraft.mil/location.zone': 'zone-a',
}
const annotations = {
  'aircraft.mil/compatible-weapons': '["radar-pod"]',
  'aircraft.mil/hardpoints': '{"hp1":"internal-bay"}',
  'aircraft.mil/maintenance': '{"next":"2026-02-01"}',
}
const node = (more: object = {}, notes: object = {}) => ({
  metadata: {
    name: 'n1',
    labels: { ...labels, ...more },
    annotations: { ...annotations, ...notes },
  },
})

describe('reading an aircraft', () => {
  it('takes all facts from labels and annotations', () => {
    assert.deepEqual(parseAircraft(node()), {
      kind: 'aircraft',
      warnings: [],
      facts: {
        name: 'n1',
        type: 'j20',
        status: 'ready',
        fuelLevel: 80,
        fuelStatus: 'high',
        hardpointTotal: 6,
        hardpointAvailable: 4,
        capabilities: ['radar', 'stealth'],
        zone: 'zone-a',
        compatibleWeapons: ['radar-pod'],
        maintenance: { next: '2026-02-01' },
        hardpoints: { hp1: 'internal-bay' },
      },
    })
  })

  it('passes over a node without type', () => {
    assert.deepEqual(parseAircraft({ metadata: { name: 'n', labels: {} } }), { kind: 'none' })
    assert.deepEqual(parseAircraft({ metadata: {} }), { kind: 'none' })
  })

  it('leaves out what no label says', () => {
    const reading = parseAircraft({ metadata: { name: 'n', labels: { [AIRCRAFT.type]: 'uav' } } })
    assert.deepEqual(reading, {
      kind: 'aircraft',
      warnings: [],
      facts: { name: 'n', type: 'uav', capabilities: [], hardpoints: {} },
    })
  })

  const bad: readonly (readonly [string, string])[] = [
    [AIRCRAFT.fuelLevel, 'full'],
    [AIRCRAFT.fuelLevel, '101'],
    [AIRCRAFT.fuelLevel, '-1'],
    [AIRCRAFT.fuelLevel, '1e1'],
    [AIRCRAFT.fuelLevel, ''],
    [AIRCRAFT.hardpointTotal, 'NaN'],
    [AIRCRAFT.hardpointAvailable, '7'],
    [AIRCRAFT.status, 'flying'],
    [AIRCRAFT.type, ''],
  ]
  for (const [key, value] of bad) {
    it(`refuses ${key} "${value}", naming the label`, () => {
      const reading = parseAircraft(node({ [key]: value }))
      assert.equal(reading.kind, 'invalid')
      const paths =
        reading.kind === 'invalid' ? reading.problems.map((p) => formatPath(p.path)) : []
      assert.ok(paths.includes(`metadata.labels["${key}"]`), paths.join())
    })
  }

  it('trusts the level over a fuel status that says otherwise, with a warning', () => {
    const reading = parseAircraft(node({ [AIRCRAFT.fuelStatus]: 'low' }))
    assert.ok(reading.kind === 'aircraft')
    assert.equal(reading.facts.fuelStatus, 'high')
    assert.match(reading.warnings[0]?.message ?? '', /a level of 80 is "high"/)
  })

  it('does without an annotation that is no JSON, with a warning', () => {
    const reading = parseAircraft(
      node({}, { [AIRCRAFT.compatibleWeapons]: '[oops', [AIRCRAFT.hardpoints]: '[1]' }),
    )
    assert.ok(reading.kind === 'aircraft')
    assert.equal(reading.facts.compatibleWeapons, undefined)
    assert.deepEqual(reading.facts.hardpoints, {})
    assert.equal(reading.warnings.length, 2)
  })

  it('never throws', () => {
    const key = fc.oneof(fc.constantFrom(...Object.values(AIRCRAFT)), fc.string())
    const map = fc.dictionary(key, fc.oneof(fc.string(), fc.json()))
    fc.assert(
      fc.property(map, map, (first, second) => {
        parseAircraft({
          metadata: { labels: { [AIRCRAFT.type]: 'x', ...first }, annotations: second },
        })
      }),
    )
  })

  it('puts fuel into the contract’s buckets', () => {
    const levels = [0, 29, 30, 70, 71, 100].map(fuelStatusOf)
    assert.deepEqual(levels, ['low', 'low', 'medium', 'medium', 'high', 'high'])
  })
})
