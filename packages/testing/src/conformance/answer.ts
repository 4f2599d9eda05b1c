/** Answers of an API server, and what a case demands of them. */
import assert from 'node:assert/strict'
import type { ApiResponse, JsonObject } from '@sortie/machinery'

/** The value at a path as `metadata.name`, `items.0.spec` or `metadata.labels[app.kubernetes.io/name]`. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value
  for (const [part, bracketed] of path.matchAll(/[^.[\]]+|\[([^\]]*)\]/g)) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string, unknown>)[bracketed ?? part]
  }
  return current
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  at(path: string): unknown
  /** The list at a path; empty where there is none. */
  all(path: string): readonly unknown[]
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** The body as an object, to change and send back. */
  object(): Record<string, JsonObject>
}

export function answerOf({ status, headers, body }: ApiResponse): Answer {
  const at = (path: string): unknown => valueAt(body, path)
  return {
    status,
    headers,
    body,
    at,
    all: (path) => (at(path) ?? []) as readonly unknown[],
    get name() {
      return String(at('metadata.name'))
    },
    get uid() {
      return String(at('metadata.uid'))
    },
    get resourceVersion() {
      return String(at('metadata.resourceVersion'))
    },
    object: () => structuredClone(body) as Record<string, JsonObject>,
  }
}

const show = (answer: Answer): string =>
  `${answer.status} ${JSON.stringify(answer.body)?.slice(0, 1_500)}`

/** Demands success with that code; gives the answer back. */
export function ok(answer: Answer, status = 200): Answer {
  assert.equal(answer.status, status, `expected ${status}, got ${show(answer)}`)
  return answer
}

export const created = (answer: Answer): Answer => ok(answer, 201)

export interface ExpectedCause {
  readonly field: string
  readonly reason?: string
  readonly message?: string | RegExp
}

export interface Refusal {
  readonly code: number
  readonly reason: string | undefined
  readonly message?: string | RegExp
  /** Whole list; compared without order. */
  readonly causes?: readonly ExpectedCause[]
  readonly details?: Readonly<Record<string, unknown>>
}

const matches = (given: unknown, expected: string | RegExp | undefined): boolean =>
  expected === undefined ||
  (typeof expected === 'string' ? given === expected : expected.test(String(given)))

/** Demands a Status that says no in just this way. */
export function refused(answer: Answer, expected: Refusal): Answer {
  const context = `expected ${JSON.stringify(expected)} ${String(expected.message)}, got ${show(answer)}`
  assert.equal(answer.status, expected.code, context)
  assert.equal(answer.at('kind'), 'Status', context)
  assert.equal(answer.at('apiVersion'), 'v1', context)
  assert.equal(answer.at('status'), 'Failure', context)
  assert.equal(answer.at('code'), expected.code, context)
  assert.equal(answer.at('reason'), expected.reason, context)
  assert.ok(matches(answer.at('message'), expected.message), context)
  for (const [key, value] of Object.entries(expected.details ?? {})) {
    assert.deepEqual(answer.at(`details.${key}`), value, context)
  }
  if (expected.causes !== undefined) checkCauses(answer, expected.causes, context)
  return answer
}

function checkCauses(answer: Answer, expected: readonly ExpectedCause[], context: string): void {
  const causes = answer.all('details.causes') as ExpectedCause[]
  assert.equal(causes.length, expected.length, context)
  for (const { field, reason, message } of expected) {
    const found = causes.some(
      (cause) =>
        cause.field === field && matches(cause.reason, reason) && matches(cause.message, message),
    )
    assert.ok(found, `no cause for ${field} ${reason ?? ''}: ${context}`)
  }
}

export const notFound = (answer: Answer, message?: string | RegExp): Answer =>
  refused(answer, { code: 404, reason: 'NotFound', ...(message === undefined ? {} : { message }) })

export const badRequest = (answer: Answer, message?: string | RegExp): Answer =>
  refused(answer, {
    code: 400,
    reason: 'BadRequest',
    ...(message === undefined ? {} : { message }),
  })

export const conflict = (answer: Answer, message?: string | RegExp): Answer =>
  refused(answer, { code: 409, reason: 'Conflict', ...(message === undefined ? {} : { message }) })

/** Refused as invalid, with a cause for each of these fields and no others: `[field, reason?, message?]`. */
export function invalid(
  answer: Answer,
  ...causes: readonly (readonly [field: string, reason?: string, message?: string | RegExp])[]
): Answer {
  const expected = causes.map(([field, reason, message]) => ({
    field,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }))
  return refused(answer, { code: 422, reason: 'Invalid', causes: expected })
}

/** The cause that says that rules were not evaluated, since values were wrong already. */
export const UNCHECKED = [
  '<nil>',
  'FieldValueInvalid',
  /some validation rules were not checked because the object was invalid/,
] as const
