import assert from 'node:assert/strict'
import { it } from 'node:test'
import { customResourceDefinitions } from '@sortie/api'
import { parse } from 'yaml'
import { generatedFiles, staleFiles } from './generate.ts'

it('the generated files are those that the schema gives', () => {
  assert.deepEqual(staleFiles(), [], 'run: npm run generate')
})

it('the CRDs say in YAML what they say as objects', () => {
  const texts = [...generatedFiles()].filter(([path]) =>
    /config\/crd\/.*\.airforce\.mil\.yaml$/.test(path),
  )
  const objects = texts.map(([, text]) => parse(text) as unknown)
  assert.deepEqual(objects, JSON.parse(JSON.stringify(customResourceDefinitions())))
})
