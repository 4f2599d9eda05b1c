import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KINDS } from '../crd.ts'
import { referencePage } from './reference.ts'

const page = referencePage(KINDS)

describe('the reference page', () => {
  it('has a section per kind and a table per object', () => {
    for (const { resource } of KINDS) assert.ok(page.includes(`\n## ${resource.kind}\n`))
    assert.ok(page.includes('### `Mission.spec.stages[].flightTasks[].podTemplate.spec`'))
    assert.ok(page.includes('### `Weapon.status.compatibilityChecks[]`'))
  })

  it('leaves no cell empty and breaks no table', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    assert.ok(rows.length > 250, String(rows.length))
    for (const row of rows) {
      assert.equal(row.match(/(?<!\\)\|/g)?.length, 4, row)
      assert.doesNotMatch(row, /\|\s+\|/)
    }
  })

  it('escapes angle brackets outside of code, and there alone', () => {
    assert.ok(page.includes('(label aircraft.mil/capability.&lt;name>)'))
    assert.ok(page.includes('`<aircraft>-<NN>`'))
    assert.ok(!/`[^`\n]*&lt;[^`\n]*`/.test(page))
  })
})
