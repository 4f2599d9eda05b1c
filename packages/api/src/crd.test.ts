import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customResourceDefinitions, KINDS, RESOURCES, rootSchema } from './crd.ts'
import type { StructuralSchema } from './schema/structural.ts'
import { structuralViolations, undocumentedFields } from './schema/structuralrules.ts'

/** Every schema below one, itself first. */
function schemas(schema: StructuralSchema): readonly StructuralSchema[] {
  const below = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(schema.additionalProperties === undefined ? [] : [schema.additionalProperties]),
  ]
  return [schema, ...below.flatMap(schemas)]
}

describe('the CustomResourceDefinitions', () => {
  it('are one per kind, with the contract’s names', () => {
    const names = customResourceDefinitions().map(({ spec }) => [
      spec.names.kind,
      spec.names.plural,
      spec.names.shortNames?.join(),
    ])
    assert.deepEqual(names, [
      ['Mission', 'missions', 'mi'],
      ['MissionStage', 'missionstages', 'ms'],
      ['FlightTask', 'flighttasks', 'ft'],
      ['Weapon', 'weapons', 'wp'],
      ['WeaponLoadout', 'weaponloadouts', 'wl'],
      ['MissionTemplate', 'missiontemplates', 'mt'],
    ])
  })

  it('show the contract’s columns', () => {
    const columns = KINDS.map((kind) => kind.columns.map((column) => column.name).join())
    assert.deepEqual(columns, [
      'Phase,Stages,Tasks,Priority,Age,Message',
      'Phase,Mission,Type,Tasks,Age',
      'Phase,Aircraft,Node,Retries,Age,Message',
      'Phase,Type,Image,Deployed,Age',
      'Aircraft,Hardpoints,Age',
      'Parameters,Age',
    ])
  })

  it('have columns that lead to fields of the schema', () => {
    for (const kind of KINDS) {
      for (const { jsonPath } of kind.columns) {
        if (jsonPath.startsWith('.metadata')) continue
        let at: StructuralSchema | undefined = rootSchema(kind.resource.kind)
        for (const step of jsonPath.slice(1).split('.')) at = at?.properties?.[step]
        assert.ok(at, `${kind.resource.kind}: ${jsonPath}`)
      }
    }
  })

  for (const { kind } of RESOURCES) {
    it(`${kind} is structural`, () => {
      assert.deepEqual(structuralViolations(rootSchema(kind)), [])
    })

    it(`${kind} documents every field`, () => {
      const missing = undocumentedFields(rootSchema(kind))
      assert.deepEqual(missing, ['.metadata'])
    })

    it(`${kind} says where it stands before any controller has written`, () => {
      assert.deepEqual(rootSchema(kind).properties?.['status']?.default, {})
    })

    it(`${kind} uses no construct that RE2 and JavaScript read differently`, () => {
      for (const { pattern } of schemas(rootSchema(kind))) {
        if (pattern === undefined) continue
        assert.doesNotMatch(pattern, /\(\?[=!<]|\\[1-9]|\\[dwsDWS]/)
        new RegExp(pattern, 'u')
      }
    })
  }

  it('serve and store one version with a status subresource', () => {
    for (const { spec } of customResourceDefinitions()) {
      assert.equal(spec.scope, 'Namespaced')
      assert.deepEqual(
        spec.versions.map((version) => [version.name, version.served, version.storage]),
        [['v1alpha1', true, true]],
      )
      assert.deepEqual(spec.versions[0]?.subresources, { status: {} })
    }
  })

  it('a kind of others has no schema', () => {
    assert.throws(() => rootSchema('Pod'), RangeError)
  })

  it('the checker finds what the API server refuses', () => {
    const bad: readonly (readonly [StructuralSchema, RegExp])[] = [
      [{}, /no type/],
      [{ type: 'array', items: { type: 'string' } }, /no list type/],
      [{ type: 'array' }, /items apart/],
      [
        { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' },
        /set of non-scalars/,
      ],
      [
        {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        /key name can be missing/,
      ],
      [{ type: 'object', properties: {}, additionalProperties: { type: 'string' } }, /together/],
      [{ type: 'string', enum: ['a'], nullable: true }, /without null/],
      [{ type: 'string', enum: ['a'], default: 'b' }, /none of the enum/],
      [{ type: 'object', properties: {}, required: ['a'] }, /no property/],
    ]
    for (const [schema, says] of bad) assert.match(structuralViolations(schema).join(), says)
  })
})
