/** The order of versions. */

/** Orders versions as Kubernetes does: stable before beta before alpha, newer first, then by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionRank(a), versionRank(b)]
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1
    if (right !== undefined) return 1
    return a < b ? -1 : 1
  }
  for (let index = 0; index < left.length; index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const STAGES: Readonly<Record<string, number>> = { alpha: 0, beta: 1 }

function versionRank(version: string): readonly number[] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return undefined
  const [, major, stage, minor] = match
  return [stage === undefined ? 2 : (STAGES[stage] ?? 0), Number(major), Number(minor ?? 0)]
}
