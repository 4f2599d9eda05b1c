/**
 * Sortie's own definitions, and every manifest that is known to be bad: both servers must give the answers that are recorded in
 * badinputs.json, which the real one wrote (SORTIE_RECORD=true with the suite `controlplane`).
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { customResourceDefinitions } from '@sortie/api'
import type { ApiResponse, JsonObject, Transport } from '@sortie/machinery'
import type { ConformanceServer } from '@sortie/testing'
import { BAD_INPUTS } from '../../packages/api/src/testing/badinputs.ts'

interface Verdict {
  readonly code: number
  readonly reason?: string
  /** Of the causes, sorted. */
  readonly fields?: readonly string[]
}

const RECORD = join(import.meta.dirname, 'badinputs.json')
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const PATIENCE_MS = 30_000

type Request = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<ApiResponse>

const requester =
  (transport: Transport): Request =>
  (method, path, body) =>
    transport.request({
      method,
      path,
      ...(body === undefined ? {} : { body, query: { dryRun: 'All' } }),
    })

async function define(transport: Transport): Promise<void> {
  for (const body of customResourceDefinitions()) {
    const answer = await transport.request({ method: 'POST', path: DEFINITIONS, body })
    assert.ok(answer.status === 201 || answer.status === 409, JSON.stringify(answer.body))
    const { group, names, versions } = body.spec as unknown as {
      group: string
      names: { plural: string }
      versions: { name: string }[]
    }
    const path = `/apis/${group}/${versions[0]?.name}/${names.plural}`
    const deadline = performance.now() + PATIENCE_MS
    while ((await transport.request({ method: 'GET', path })).status !== 200) {
      assert.ok(performance.now() < deadline, `${path} is not served`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const PLURALS = new Map(
  customResourceDefinitions().map(({ spec }) => {
    const { names } = spec as { names: { kind: string; plural: string } }
    return [names.kind, names.plural]
  }),
)

async function verdictOf(request: Request, object: JsonObject): Promise<Verdict> {
  const { kind, apiVersion } = object as { kind: string; apiVersion: string }
  const path = `/apis/${apiVersion}/namespaces/default/${PLURALS.get(kind)}`
  const { metadata } = object as { metadata: JsonObject }
  const { status, body } = await request('POST', path, {
    ...object,
    metadata: { ...metadata, namespace: 'default' },
  })
  if (status < 400) return { code: status }
  const { reason, details } = body as {
    reason: string
    details?: { causes?: { field: string }[] }
  }
  return { code: status, reason, fields: (details?.causes ?? []).map(({ field }) => field).sort() }
}

/** Declares a test for the definitions and one for each bad manifest. */
export function declareBadInputs(open: () => Promise<ConformanceServer>): void {
  const isRecording = process.env['SORTIE_RECORD'] === 'true'
  const recorded: Record<string, Verdict> = isRecording
    ? {}
    : (JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, Verdict>)
  describe('the definitions of Sortie', () => {
    test('are accepted, within the cost budget of rules', async () => {
      const { admin } = await open()
      await define(admin)
      for (const body of customResourceDefinitions()) {
        const path = `${DEFINITIONS}/${body.metadata.name}`
        const { body: found } = await admin.request({ method: 'GET', path })
        const { conditions } = (
          found as { status: { conditions: { type: string; status: string }[] } }
        ).status
        for (const type of ['NamesAccepted', 'Established']) {
          assert.equal(conditions.find((one) => one.type === type)?.status, 'True', type)
        }
      }
    })
    for (const { name, object, by } of BAD_INPUTS) {
      test(`${name} gets the answer of Kubernetes`, async () => {
        const { admin, kind } = await open()
        const verdict = await verdictOf(requester(admin), object)
        if (isRecording && kind === 'kubernetes') recorded[name] = verdict
        assert.deepEqual(verdict, recorded[name])
        assert.equal(verdict.code >= 400, by === 'server', 'who refuses it')
      })
    }
    if (isRecording) {
      test('the answers are recorded', () => {
        writeFileSync(RECORD, `${JSON.stringify(recorded, undefined, 2)}\n`)
      })
    }
  })
}
