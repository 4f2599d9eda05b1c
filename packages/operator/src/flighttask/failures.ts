/** What a failed attempt to create a pod means for its task. */
import { REASONS } from '@sortie/api'
import { ApiStatusError, isInvalid, SortieError } from '@sortie/machinery'
import { NAME_NOT_FREE, NAME_TAKEN, PlanError } from '@sortie/runtime'
import type { CreationFailure } from './observation.ts'

const MAX_MESSAGE = 2048

/** The error of the plan's create operation, where that is what failed. */
export function creationError(error: unknown): unknown {
  if (!(error instanceof PlanError)) return undefined
  return error.failures.find(({ operation }) => operation.kind === 'create')?.error
}

/** Another's object has the name, or a former task's, which may stay for long where its node is lost. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof SortieError && NOT_OURS.has(error.code)
}

const NOT_OURS: ReadonlySet<string> = new Set([NAME_TAKEN, NAME_NOT_FREE])

/**
 * Only what the server calls invalid, or cannot read as a pod at all, is refused for good. Everything else (quota, admission, an
 * error of the server's own, no answer) may be otherwise the next time.
 */
export function toCreationFailure(error: unknown): CreationFailure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
  if (isInvalid(error) || isUnreadable(error)) {
    return { invalid: true, reason: REASONS.podInvalid, message }
  }
  const said = error instanceof ApiStatusError ? error.reason : ''
  const code = error instanceof SortieError ? error.code : ''
  return { invalid: false, reason: said || code || 'Unreachable', message }
}

/** A field has the wrong type: the server answers 400 with the words of its decoder. */
function isUnreadable(error: unknown): boolean {
  return (
    error instanceof ApiStatusError &&
    error.code === 400 &&
    /cannot be handled as a Pod|cannot unmarshal|strict decoding/.test(error.message)
  )
}
