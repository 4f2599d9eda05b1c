/** Pods that are put aside, so that those who go first of many that are alike are found without a look at all of them. */

/** What is put aside: a pod by its uid, with its place in the queue and the gang that it waits in. */
export interface AsidePod {
  readonly uid: string
  readonly signature: string
  readonly order: number
  readonly gang: string | undefined
}

/** Pods of one signature. */
export interface AsideGroup {
  /** Those without a gang, the first first. */
  readonly singles: readonly AsidePod[]
  /** The gangs of the others, with the uids of their members here. */
  readonly gangs: ReadonlyMap<string, ReadonlySet<string>>
}

interface Group extends AsideGroup {
  readonly singles: AsidePod[]
  readonly gangs: Map<string, Set<string>>
}

export interface AsidePods {
  /** The pod must not be there. */
  put(pod: AsidePod): void
  /** Where it is not there nothing happens. @returns whether it was */
  drop(uid: string): boolean
  has(uid: string): boolean
  groups(): Iterable<AsideGroup>
  uids(): Iterable<string>
}

export function createAsidePods(): AsidePods {
  const pods = new Map<string, AsidePod>()
  const groups = new Map<string, Group>()
  return {
    put(pod) {
      const group = groups.get(pod.signature) ?? { singles: [], gangs: new Map() }
      groups.set(pod.signature, group)
      pods.set(pod.uid, pod)
      if (pod.gang === undefined) group.singles.splice(placeOf(pod, group.singles), 0, pod)
      else group.gangs.set(pod.gang, (group.gangs.get(pod.gang) ?? new Set()).add(pod.uid))
    },
    drop(uid) {
      const pod = pods.get(uid)
      const group = groups.get(pod?.signature ?? '')
      if (pod === undefined || group === undefined) return false
      pods.delete(uid)
      if (pod.gang === undefined) group.singles.splice(placeOf(pod, group.singles), 1)
      else {
        const members = group.gangs.get(pod.gang)
        members?.delete(uid)
        if (members?.size === 0) group.gangs.delete(pod.gang)
      }
      if (group.singles.length + group.gangs.size === 0) groups.delete(pod.signature)
      return true
    },
    has: (uid) => pods.has(uid),
    groups: () => groups.values(),
    uids: () => pods.keys(),
  }
}

/** Where a pod stands, or would stand, among others in their order. */
function placeOf(pod: AsidePod, sorted: readonly AsidePod[]): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]
    if (other !== undefined && isBefore(other, pod)) low = middle + 1
    else high = middle
  }
  return low
}

function isBefore(a: AsidePod, b: AsidePod): boolean {
  return a.order < b.order || (a.order === b.order && a.uid < b.uid)
}
