import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MissionTemplateSpecInput } from '../kinds/templates.ts'
import { complete } from '../naming/defaults.ts'
import { objectOf } from '../testing/manifests.ts'
import { formatProblem } from '../validation/problem.ts'
import { validate } from '../validation/validate.ts'
import { renderTemplate } from './render.ts'

const P = (name: string): string => `$${`{params.${name}}`}`

const spec: MissionTemplateSpecInput = {
  parameters: [
    { name: 'aircraft', required: true, description: 'type of aircraft' },
    { name: 'copies', type: 'integer', default: 2 },
    { name: 'gang', type: 'boolean', default: false },
    { name: 'limit', type: 'duration', default: '30m' },
    { name: 'mode', type: 'enum', enum: ['search', 'track'], default: 'search' },
  ],
  stages: [
    {
      name: `recon-${P('mode')}`,
      timeout: P('limit'),
      synchronization: { waitForAll: P('gang') },
      flightTasks: [
        {
          aircraft: P('aircraft'),
          count: P('copies'),
          taskParams: { text: `${P('copies')} x ${P('aircraft')}`, literal: `$${P('aircraft')}` },
        },
      ],
    },
  ],
}

const make = (from: MissionTemplateSpecInput) =>
  complete('MissionTemplate', {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'MissionTemplate',
    metadata: { name: 't' },
    spec: from,
  })
const template = make(spec)
const messages = (parameters: Record<string, never> | object): string =>
  renderTemplate(template, parameters as never)
    .problems.map(formatProblem)
    .join('\n')

describe('rendering a template', () => {
  it('puts values in with their types, and texts into texts', () => {
    const { stages, problems } = renderTemplate(template, { aircraft: 'j20', gang: true })
    assert.deepEqual(problems, [])
    assert.deepEqual(stages, [
      {
        name: 'recon-search',
        type: 'parallel',
        timeout: '30m',
        synchronization: { waitForAll: true },
        flightTasks: [
          {
            aircraft: 'j20',
            count: 2,
            taskParams: { text: '2 x j20', literal: P('aircraft') },
          },
        ],
      },
    ])
  })

  it('leaves the template as it is', () => {
    const before = JSON.stringify(template)
    renderTemplate(template, { aircraft: 'j20' })
    assert.equal(JSON.stringify(template), before)
  })

  it('says which parameter is missing', () => {
    assert.match(
      messages({}),
      /^spec\.parameters\.aircraft: is missing; .*type string \(type of aircraft\)$/,
    )
  })

  it('says which parameter there is not, and which was meant', () => {
    assert.match(
      messages({ aircraft: 'j20', aircrafts: 'x' }),
      /no such parameter;.*did you mean "aircraft"\?/,
    )
  })

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['aircraft', 20, /20 is not a text; put it in quotes/],
    ['copies', '2', /"2" is not a whole number/],
    ['copies', 1.5, /1.5 is not a whole number/],
    ['gang', 'yes', /"yes" is neither true nor false/],
    ['limit', '30', /the unit is missing/],
    ['limit', '-5m', /negative/],
    ['mode', 'trakc', /none of search, track/],
    ['aircraft', ['a'], /a list is not a text/],
  ]
  for (const [name, value, says] of wrong) {
    it(`refuses ${JSON.stringify(value)} for ${name}`, () => {
      assert.match(messages({ aircraft: 'j20', [name]: value }), says)
      assert.deepEqual(
        renderTemplate(template, { aircraft: 'j20', [name]: value as never }).stages,
        [],
      )
    })
  }

  it('checks the stages that come out', () => {
    assert.match(
      messages({ aircraft: 'j20', copies: 0 }),
      /^spec\.stages\[0\]\.flightTasks\[0\]\.count: 0 is less than 1$/,
    )
  })

  it('names a placeholder that is no parameter', () => {
    const stages = [{ name: 's', displayName: `a ${P('limti')}` }]
    const { problems } = renderTemplate(make({ ...spec, stages }), { aircraft: 'j20' })
    assert.match(problems.map(formatProblem).join(), /displayName: "limti" is no parameter/)
  })

  it('never evaluates a value', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (value) => {
        const text = `${value}${P('aircraft')}$&$1`.slice(0, 4000)
        const stages = [{ name: 's', displayName: P('note') }]
        const note = { name: 'note', type: 'string' as const }
        const rendered = renderTemplate(make({ parameters: [note], stages }), { note: text })
        assert.equal(rendered.stages[0]?.displayName, text)
      }),
    )
  })

  it('never throws', () => {
    const anyTemplate = fc.record({ stages: fc.array(fc.jsonValue(), { maxLength: 4 }) })
    fc.assert(
      fc.property(anyTemplate, fc.dictionary(fc.string(), fc.jsonValue()), (from, parameters) => {
        renderTemplate({ spec: from as never }, parameters as never)
      }),
    )
  })
})

describe('checking a template', () => {
  it('passes one that can be rendered', () => {
    assert.deepEqual(validate(template), [])
  })

  it('finds a cycle in its stages', () => {
    const stages = [
      { name: 'a', dependsOn: ['b'], flightTasks: [{}] },
      { name: 'b', dependsOn: ['a'], flightTasks: [{}] },
    ]
    const found = validate(objectOf('MissionTemplate', { stages }))
    assert.match(found.map(formatProblem).join(), /a → b → a/)
  })

  it('finds a default of the wrong type and an enum without values', () => {
    const parameters = [
      { name: 'a', type: 'integer', default: 'x' },
      { name: 'b', type: 'enum' },
    ]
    const found = validate(objectOf('MissionTemplate', { parameters, stages: [{ name: 's' }] }))
    assert.deepEqual(
      found.map((entry) => entry.path.join('.')),
      ['spec.parameters.0.default', 'spec.parameters.1.enum'],
    )
  })
})
