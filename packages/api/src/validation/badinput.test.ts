import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RESOURCES } from '../crd.ts'
import { stageObjectName, taskObjectName } from '../naming/names.ts'
import { BAD_INPUTS } from '../testing/badinputs.ts'
import { EARLIER_MANIFESTS, missionOf, missionWithTasks, objectOf } from '../testing/manifests.ts'
import { checkObjectSize } from './object.ts'
import { DEFAULT_POD_POLICY } from './podpolicy.ts'
import { formatPath, formatProblem, hasErrors } from './problem.ts'
import { validate } from './validate.ts'

describe('bad input', () => {
  for (const { name, object, at, says } of BAD_INPUTS) {
    it(`${name} is refused at ${at}`, () => {
      const found = validate(object, { podPolicy: DEFAULT_POD_POLICY })
      const errors = found.filter((entry) => entry.severity === 'error')
      const hit = errors.find((entry) => formatPath(entry.path) === at && says.test(entry.message))
      assert.ok(hit, `no such problem among: ${found.map(formatProblem).join('\n')}`)
    })
  }

  it('says one thing per mistake', () => {
    for (const { name, object } of BAD_INPUTS) {
      const errors = validate(object).filter((entry) => entry.severity === 'error')
      const places = errors.map((entry) => formatPath(entry.path))
      assert.equal(new Set(places).size, places.length, `${name}: ${places.join(', ')}`)
    }
  })

  it('shows an offending value cut and without control characters', () => {
    const object = missionOf([{ name: `a${'\u0007'.repeat(5000)}` }])
    const [found] = validate(object)
    assert.ok(found)
    assert.ok(found.message.length < 600, String(found.message.length))
    assert.doesNotMatch(found.message, /\u0007/)
  })

  it('never throws, whatever JSON it is given', () => {
    const kinds = fc.constantFrom(...RESOURCES.map((resource) => resource.kind))
    fc.assert(
      fc.property(kinds, fc.jsonValue({ maxDepth: 6 }), (kind, spec) => {
        validate({ ...objectOf(kind, {}), spec }, { podPolicy: DEFAULT_POD_POLICY })
        validate(spec)
      }),
    )
  })

  it('does not overflow on an object of 5,000 levels', () => {
    let deep: object = {}
    for (let level = 0; level < 5000; level++) deep = { stages: [deep] }
    assert.ok(hasErrors(validate(objectOf('Mission', deep))))
    const extra = missionOf([{ name: 's' }], { objective: { extra: deep } })
    assert.deepEqual(
      validate(extra).filter((entry) => entry.severity === 'error'),
      [],
    )
  })

  it('takes a key called __proto__ for what it is', () => {
    const object = JSON.parse(
      JSON.stringify(missionWithTasks([{ taskParams: { KEY: 'x' } }])).replace('KEY', '__proto__'),
    )
    assert.deepEqual(validate(object), [])
    const unknown = JSON.parse('{"__proto__": 1}')
    assert.ok(hasErrors(validate(missionOf([{ name: 's', ...unknown, constructor: 2 }]))))
  })

  it('an object over 1.5 MiB is refused with its size', () => {
    const [found] = checkObjectSize(1_700_000)
    assert.match(found?.message ?? '', /1\.6 MiB.*use count/)
    assert.deepEqual(checkObjectSize(1_500_000), [])
  })

  it('an unknown kind names the near one', () => {
    assert.match(validate(objectOf('Missoin', {}))[0]?.message ?? '', /did you mean "Mission"\?/)
  })
})

describe('what must work', () => {
  for (const [name, manifest] of Object.entries(EARLIER_MANIFESTS)) {
    it(`${name} passes as it passed the earlier system`, () => {
      const errors = validate(manifest, { podPolicy: DEFAULT_POD_POLICY }).filter(
        (entry) => entry.severity === 'error',
      )
      assert.deepEqual(errors.map(formatProblem), [])
    })
  }

  it('a timeout of 30 days', () => {
    assert.deepEqual(validate(missionOf([{ name: 's', timeout: '720h', flightTasks: [{}] }])), [])
  })

  it('an image with port and without tag', () => {
    assert.deepEqual(validate(objectOf('Weapon', { image: { repository: 'host:5000/radar' } })), [])
  })

  it('quantity 0, with a warning', () => {
    const [found] = validate(missionWithTasks([{ weaponLoadout: [{ weapon: 'a', quantity: 0 }] }]))
    assert.equal(found?.severity, 'warning')
  })

  it('names that become too long, with a warning that shows the name', () => {
    const stages = [{ name: 'a'.repeat(63), flightTasks: [{ name: 'b'.repeat(63) }] }]
    const object = { ...missionOf(stages), metadata: { name: 'c'.repeat(200) } }
    const found = validate(object)
    assert.deepEqual(
      found.map((entry) => entry.code),
      ['LongName'],
    )
    const [mission, stage, task] = ['c'.repeat(200), 'a'.repeat(63), 'b'.repeat(63)]
    const name = taskObjectName({ mission, stage, task })
    const excess = `would have 328 characters, ${328 - name.length} too many`
    assert.equal(
      found[0]?.message,
      `the name of its object ${excess}, and becomes ${JSON.stringify(name)}`,
    )
  })

  it('a stage whose name becomes too long by itself, with a warning that shows the name', () => {
    const mission = 'c'.repeat(200)
    const stages = [{ name: 'a'.repeat(53), flightTasks: [] }]
    const found = validate({ ...missionOf(stages), metadata: { name: mission } })
    const long = found.find(({ code }) => code === 'LongName')
    const name = stageObjectName(mission, 'a'.repeat(53))
    assert.equal(
      long?.message,
      `the name of its object would have 254 characters, 1 too many, and becomes ${JSON.stringify(name)}`,
    )
    assert.equal(name.length, 253)
  })

  it('a null where a field is left out, which the API server drops', () => {
    const nulls = (...fields: string[]) => Object.fromEntries(fields.map((name) => [name, null]))
    const policy = nulls('backoff', 'retryStrategy', 'maxRetries')
    const mission = missionOf([
      {
        name: 's',
        ...nulls('dependsOn', 'timeout', 'startGates', 'type'),
        flightTasks: [
          {
            aircraft: 'uav',
            ...nulls('name', 'count', 'loadoutRef', 'weaponLoadout', 'dependsOn', 'timeout'),
            podTemplate: {
              spec: {
                containers: [
                  { name: 'c', image: 'x', volumeMounts: [{ name: 'q', mountPath: '/interface' }] },
                ],
              },
            },
          },
        ],
      },
    ])
    const spec = { ...Object(mission.spec), ...nulls('templateRef', 'parameters') }
    const config = { failurePolicy: policy, cancellationPolicy: null }
    assert.deepEqual(validate({ ...mission, spec: { ...spec, config } }), [])
    const image = { repository: 'registry.example/radar', tag: null }
    assert.deepEqual(validate(objectOf('Weapon', { image })), [])
  })

  it('stages called 1 and 2 keep their order', () => {
    const found = validate(missionOf([{ name: '2', dependsOn: ['1'] }, { name: '1' }]))
    assert.ok(!hasErrors(found))
  })
})
