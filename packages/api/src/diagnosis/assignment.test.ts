import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAssignment } from './assignment.ts'

const podWith = (annotation?: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    annotations: annotation === undefined ? {} : { 'airforce.airforce.mil/assignment': annotation },
  },
})

test('the trace of a placement is read from the pod', () => {
  const trace = { score: 900, parts: { LeastCapable: 900 }, feasible: 2, nodes: 3 }
  assert.deepEqual(readAssignment(podWith(JSON.stringify(trace))), trace)
})

test('what is no trace is none', () => {
  for (const annotation of [undefined, '', '{', '[]', '"text"']) {
    assert.equal(readAssignment(podWith(annotation)), undefined)
  }
})
