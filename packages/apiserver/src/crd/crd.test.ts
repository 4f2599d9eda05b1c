import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubeObject } from '@sortie/machinery'
import { fieldErrorMessage, type JsonSchema } from '../schema/index.ts'
import { compileJsonPath, JsonPathError, parseCrd } from './index.ts'

const POD = {
  metadata: { annotations: { 'x.y': 'dotted', plain: 'p' }, creationTimestamp: 't' },
  spec: { a: [{ b: 1 }, { b: 2 }, { b: 3 }] },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Done', status: 'False' },
    ],
  },
}

describe('JSON paths', () => {
  const ROWS: readonly (readonly [string, readonly unknown[]])[] = [
    ['.status.phase', ['Running']],
    ['{.status.phase}', ['Running']],
    ['.spec.a[0].b', [1]],
    ['.spec.a[-1].b', [3]],
    ['.spec.a[1:].b', [2, 3]],
    ['.spec.a[*].b', [1, 2, 3]],
    ['.metadata.annotations.x\\.y', ['dotted']],
    [".metadata.annotations['x.y']", ['dotted']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Done')].status", ['False']],
    ['.status.conditions[?(@.status!="True")].type', ['Done']],
    ['.spec.a[?(@.b>1)].b', [2, 3]],
    ['.status.conditions[?(@.reason)].type', []],
    ['..phase', ['Running']],
    ['.status.nothing.below', []],
    ['.spec.a[9].b', []],
    ['.status.phase.deeper', []],
  ]
  for (const [path, expected] of ROWS) {
    it(`reads ${path}`, () => assert.deepEqual(compileJsonPath(path)(POD), expected))
  }

  for (const bad of ['status', '.a[', '.a[?(x)]', '.a[?(@.b==)]', '.a b', '.a..', '.a[x]']) {
    it(`refuses ${bad}`, () => assert.throws(() => compileJsonPath(bad), JsonPathError))
  }
})

interface Change {
  readonly name?: string
  readonly spec?: object
  readonly version?: object
  readonly schema?: JsonSchema
}

const SPEC: JsonSchema = { type: 'object', properties: { size: { type: 'integer' } } }

function crd({ name = 'jets.air.mil', spec = {}, version = {}, schema }: Change = {}): KubeObject {
  const openAPIV3Schema: JsonSchema = schema ?? { type: 'object', properties: { spec: SPEC } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: 'air.mil',
      scope: 'Namespaced',
      names: { plural: 'jets', kind: 'Jet' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...version },
      ],
      ...spec,
    },
  } as unknown as KubeObject
}

const errorsOf = (change: Change): string[] => parseCrd(crd(change)).errors.map(fieldErrorMessage)
const withSpec = (spec: JsonSchema): Change => ({
  schema: { type: 'object', properties: { spec } },
})
const AT = 'spec.validation.openAPIV3Schema.properties[spec]'

describe('parseCrd', () => {
  it('fills in names and compiles versions', () => {
    const { definition, object, errors } = parseCrd(
      crd({ version: { subresources: { status: {} } } }),
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(definition?.names, {
      plural: 'jets',
      singular: 'jet',
      kind: 'Jet',
      listKind: 'JetList',
      shortNames: [],
      categories: [],
    })
    assert.equal(definition?.storageVersion, 'v1')
    assert.equal(definition?.versions[0]?.status, true)
    assert.deepEqual(
      definition?.versions[0]?.columns.map((column) => column.name),
      ['Age'],
    )
    const problems = definition?.versions[0]?.compiled.validate({ spec: { size: 'x' } }) ?? []
    assert.match(
      problems.map(fieldErrorMessage).join(),
      /spec\.size in body must be of type integer/,
    )
    assert.equal(
      (object as unknown as { spec: { conversion: { strategy: string } } }).spec.conversion
        .strategy,
      'None',
    )
  })

  it('runs rules with the old object', () => {
    const rule = { rule: 'self.size >= oldSelf.size', message: 'size must not shrink' }
    const spec: JsonSchema = { ...SPEC, 'x-kubernetes-validations': [rule] }
    const compiled = parseCrd(crd(withSpec(spec))).definition?.versions[0]?.compiled
    const now = { spec: { size: 1 } }
    assert.deepEqual(compiled?.validate(now), [])
    const errors = compiled?.validate(now, { oldValue: { spec: { size: 2 } } }) ?? []
    assert.deepEqual(errors.map(fieldErrorMessage), ['spec: Invalid value: size must not shrink'])
  })

  const REFUSED: readonly (readonly [string, Change, RegExp])[] = [
    [
      'a name that is not plural.group',
      { name: 'x' },
      /metadata\.name: Invalid value: "x": must be spec\.names\.plural\+"\."\+spec\.group/,
    ],
    [
      'a scope that is none',
      { spec: { scope: 'World' } },
      /spec\.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"/,
    ],
    [
      'no storage version',
      { version: { storage: false } },
      /must have exactly one version marked as storage version/,
    ],
    [
      'no schema',
      { version: { schema: {} } },
      /spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value: schemas are required/,
    ],
    [
      'a column with a bad path',
      {
        version: { additionalPrinterColumns: [{ name: 'P', type: 'string', jsonPath: 'status' }] },
      },
      /additionalPrinterColumns\[0\]\.jsonPath: Invalid value: "status": must be a simple json path starting with \./,
    ],
    [
      'a field without type',
      withSpec({ type: 'object', properties: { a: {} } }),
      /\.properties\[a\]\.type: Required value: must not be empty for specified object fields/,
    ],
    [
      'a type under a junctor',
      withSpec({ type: 'object', anyOf: [{ type: 'object' }] }),
      /anyOf\[0\]\.type: Forbidden: must be empty to be structural/,
    ],
    [
      'a junctor about a field that is not declared',
      withSpec({ type: 'object', anyOf: [{ properties: { a: { minimum: 1 } } }] }),
      /properties\[spec\]\.properties\[a\]: Required value: because it is defined in .*anyOf\[0\]\.properties\[a\]/,
    ],
    [
      'a default of the wrong type',
      withSpec({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
      /properties\[a\]\.default: Invalid value: "string"/,
    ],
    [
      'a default with unknown fields',
      withSpec({ type: 'object', default: { b: 1 } }),
      /default: Invalid value: \{"b":1\}: must not have unknown fields/,
    ],
    [
      'a list map without keys',
      withSpec({
        type: 'object',
        properties: { l: { type: 'array', items: SPEC, 'x-kubernetes-list-type': 'map' } },
      }),
      /x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map/,
    ],
    [
      'a list map whose key is optional',
      withSpec({
        type: 'object',
        properties: {
          l: {
            type: 'array',
            items: SPEC,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['size'],
          },
        },
      }),
      /must have a default or be a required property/,
    ],
    [
      'a bad pattern',
      withSpec({ type: 'object', properties: { s: { type: 'string', pattern: '(' } } }),
      /pattern: Invalid value: "\(": must be a valid regular expression/,
    ],
    [
      'a rule that does not compile',
      withSpec({ ...SPEC, 'x-kubernetes-validations': [{ rule: 'self.sice > 1' }] }),
      /x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self\.sice \\u003e 1".*compilation failed: ERROR: <input>:1:5: undefined field 'sice'/s,
    ],
    [
      'a rule that is no bool',
      withSpec({ ...SPEC, 'x-kubernetes-validations': [{ rule: 'self.size' }] }),
      /cel expression must evaluate to a bool/,
    ],
    [
      'a rule without bounds',
      withSpec({
        type: 'object',
        properties: { l: { type: 'array', items: { type: 'string' } } },
        'x-kubernetes-validations': [{ rule: 'self.l.all(a, self.l.all(b, a == b))' }],
      }),
      new RegExp(
        `${AT.replace(/[[\].]/g, '\\$&')}\\.x-kubernetes-validations\\[0\\]\\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x`,
      ),
    ],
    [
      'oldSelf in a list that is not a map',
      withSpec({
        type: 'object',
        properties: {
          l: {
            type: 'array',
            maxItems: 3,
            items: { ...SPEC, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
          },
        },
      }),
      /oldSelf cannot be used on the uncorrelatable portion of the schema/,
    ],
    [
      'a selectable field that is not there',
      { version: { selectableFields: [{ jsonPath: '.spec.color' }] } },
      /selectableFields\[0\]\.jsonPath: Invalid value: "\.spec\.color": is an invalid path/,
    ],
  ]
  for (const [what, change, message] of REFUSED) {
    it(`refuses ${what}`, () => assert.match(errorsOf(change).join('\n'), message))
  }

  it('takes bounded rules', () => {
    const bounded: JsonSchema = {
      type: 'object',
      properties: { l: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 63 } } },
      'x-kubernetes-validations': [{ rule: 'self.l.all(a, self.l.exists_one(b, a == b))' }],
    }
    assert.deepEqual(errorsOf(withSpec(bounded)), [])
  })
})
