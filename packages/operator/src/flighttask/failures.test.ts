import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiStatusError, SortieError } from '@sortie/machinery'
import { toCreationFailure } from './failures.ts'

const answer = (code: number, reason: string, message: string): ApiStatusError =>
  new ApiStatusError({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    code,
    reason,
    message,
  } as ConstructorParameters<typeof ApiStatusError>[0])

test('a transient error is never made permanent: only what the server calls invalid, or cannot read, is', async (t) => {
  const cases: readonly [string, unknown, boolean, string][] = [
    ['invalid', answer(422, 'Invalid', 'spec.containers: Required value'), true, 'PodInvalid'],
    [
      'a field of the wrong type',
      answer(400, 'BadRequest', 'Pod in version "v1" cannot be handled as a Pod: json: cannot'),
      true,
      'PodInvalid',
    ],
    ['another bad request', answer(400, 'BadRequest', 'try again'), false, 'BadRequest'],
    [
      'words of the decoder in an error of its own',
      answer(500, '', 'cannot unmarshal'),
      false,
      'Unreachable',
    ],
    ['a quota', answer(403, 'Forbidden', 'exceeded quota: pods'), false, 'Forbidden'],
    ['an error of the server', answer(500, 'InternalError', 'etcd'), false, 'InternalError'],
    [
      'one of ours',
      new SortieError('retryable', 'the name is taken', { code: 'NameTaken' }),
      false,
      'NameTaken',
    ],
    ['no answer', new Error('connect ECONNREFUSED'), false, 'Unreachable'],
    ['something thrown that is no error', 'cannot unmarshal', false, 'Unreachable'],
  ]
  for (const [name, error, invalid, reason] of cases) {
    await t.test(name, () => {
      const failure = toCreationFailure(error)
      assert.equal(failure.invalid, invalid)
      assert.equal(failure.reason, reason)
      assert.equal(failure.message, error instanceof Error ? error.message : error)
    })
  }
})

test('what a server says is kept as far as a status has room for it', () => {
  assert.equal(toCreationFailure(new Error('x'.repeat(9000))).message.length, 2048)
})
