/** Amounts for people. Pure. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** `0.25`, `3.5`, `64`. */
export function formatCores(cores: number): string {
  if (cores >= 10) return cores.toFixed(0)
  return cores.toFixed(cores >= 1 ? 1 : 2)
}

/** A whole number of per cent; 0 of nothing. */
export function percentOf(part: number, whole: number | undefined): number {
  return whole === undefined || whole <= 0 ? 0 : Math.round((100 * part) / whole)
}
