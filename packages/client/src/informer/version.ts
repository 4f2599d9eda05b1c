/** Order of resourceVersions: decimal numbers of any length (the rule that Kubernetes wrote down in 1.35). */

/** Below zero where `a` is older than `b`; an empty version is older than all. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

export function newerVersion(a: string, b: string): string {
  return compareVersions(a, b) < 0 ? b : a
}
