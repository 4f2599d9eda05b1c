/** Where two servers' outcomes differ. */
import type { Outcome } from './play.ts'

export interface Difference {
  /** Number of the step; the last is the look at the end. */
  readonly step: number
  /** Path into the outcome. */
  readonly path: string
  readonly real: unknown
  readonly embedded: unknown
}

/** The first step whose outcomes differ; undefined where none do. */
export function firstDifference(
  real: readonly Outcome[],
  embedded: readonly Outcome[],
): Difference | undefined {
  for (const [step, expected] of real.entries()) {
    const found = differenceOf(expected, embedded[step])
    if (found !== undefined) return { step, ...found }
  }
  return undefined
}

/** What is compared of two outcomes; most telling first. */
function differenceOf(
  real: Outcome,
  embedded: Outcome | undefined,
): Omit<Difference, 'step'> | undefined {
  return (
    deepDifference(real.code, embedded?.code, 'code') ??
    deepDifference(real.reason, embedded?.reason, 'reason') ??
    deepDifference(real.causes, embedded?.causes, 'causes') ??
    (isWorded(real) ? deepDifference(real.message, embedded?.message, 'message') : undefined) ??
    // Of an object that has just gone the real server may know from its cache, and warn before it finds out.
    (real.code === 404
      ? undefined
      : deepDifference(real.warnings, embedded?.warnings, 'warnings')) ??
    deepDifference(real.object, embedded?.object, 'object') ??
    deepDifference(real.owners, embedded?.owners, 'owners') ??
    deepDifference(real.isNew, embedded?.isNew, 'isNew')
  )
}

/** Whether the text of a refusal is more than a decoder's own words. */
const isWorded = ({ code, causes, message = '' }: Outcome): boolean =>
  code !== 400 &&
  causes === undefined &&
  !/^failed to (?:create typed patch|convert new) object/.test(message)

function deepDifference(
  real: unknown,
  embedded: unknown,
  path: string,
): Omit<Difference, 'step'> | undefined {
  if (real === embedded) return undefined
  if (
    typeof real !== 'object' ||
    typeof embedded !== 'object' ||
    real === null ||
    embedded === null ||
    Array.isArray(real) !== Array.isArray(embedded)
  ) {
    return { path, real, embedded }
  }
  const [left, right] = [real as Record<string, unknown>, embedded as Record<string, unknown>]
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const key of [...keys].sort()) {
    const found = deepDifference(left[key], right[key], `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
