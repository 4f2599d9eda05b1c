/** Which aircraft types the fleet has, kept up to date node by node. */
export interface FleetTypes {
  /** Moves one node from a type to another; undefined = none. True where the set of types changed. */
  move(from: string | undefined, to: string | undefined): boolean
  /** Sorted. */
  types(): readonly string[]
  clear(): void
}

export function createFleetTypes(): FleetTypes {
  const counts = new Map<string, number>()
  const add = (type: string | undefined, change: number): boolean => {
    if (type === undefined || type === '') return false
    const before = counts.get(type) ?? 0
    const after = before + change
    if (after > 0) counts.set(type, after)
    else counts.delete(type)
    return before > 0 !== after > 0
  }
  return {
    move(from, to) {
      if (from === to) return false
      const gone = add(from, -1)
      return add(to, 1) || gone
    },
    types: () => [...counts.keys()].sort(),
    clear: () => counts.clear(),
  }
}
