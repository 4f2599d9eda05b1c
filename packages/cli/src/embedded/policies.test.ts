/** The shipped admission policies on the embedded server: what they refuse on a cluster they refuse here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { customResourceDefinitions, GROUP, VERSION } from '@sortie/api'
import { createApiServer } from '@sortie/apiserver'
import type { JsonObject, Transport } from '@sortie/machinery'
import { seededRandom, silentLogger } from '@sortie/machinery'
import { testClock } from '@sortie/testing'
import { admissionPolicies } from '../installation/admission.ts'
import { DEFAULT_SETTINGS } from '../installation/manifest.ts'

const PLURALS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
}

async function post(transport: Transport, path: string, body: object) {
  const answer = await transport.request({ method: 'POST', path, body })
  return { status: answer.status, body: answer.body as { readonly message?: string } }
}

async function guarded(): Promise<Transport> {
  const clock = testClock()
  const server = createApiServer({ clock, random: seededRandom(7), log: silentLogger })
  await server.start()
  const transport = server.transport()
  for (const definition of customResourceDefinitions()) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    assert.equal((await post(transport, path, definition)).status, 201)
  }
  for (const manifest of admissionPolicies(DEFAULT_SETTINGS)) {
    const path = `/apis/admissionregistration.k8s.io/v1/${PLURALS[manifest.kind]}`
    const { status, body } = await post(transport, path, manifest)
    assert.equal(status, 201, body.message)
  }
  return transport
}

function fly(transport: Transport, podTemplate: JsonObject) {
  return post(transport, `/apis/${GROUP}/${VERSION}/namespaces/default/flighttasks`, {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'FlightTask',
    metadata: { generateName: 'task-' },
    spec: { aircraftRequirement: { type: 'j20' }, podTemplate },
  })
}

test('a podTemplate that may not be is refused, with the place', async () => {
  const transport = await guarded()
  const container = { name: 'task', image: 'busybox:1.36' }
  const refusals: readonly (readonly [JsonObject, RegExp])[] = [
    [{ spec: { hostNetwork: true } }, /podTemplate\.spec\.hostNetwork: must be false in a task$/],
    [
      { spec: { containers: [{ ...container, securityContext: { privileged: true } }] } },
      /podTemplate\.spec\.containers\[\]\.securityContext\.privileged: must be false/,
    ],
    [
      { spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } },
      /podTemplate\.spec\.volumes\[\]: a field that a task may not have/,
    ],
  ]
  for (const [podTemplate, message] of refusals) {
    const { status, body } = await fly(transport, podTemplate)
    assert.equal(status, 422)
    assert.match(body.message ?? '', message)
  }
  assert.equal((await fly(transport, { spec: { containers: [container] } })).status, 201)
})
