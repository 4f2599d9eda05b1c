/** What the programs of a run take of the machine, as the kernel counts it. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock tick, which is 10 ms on every Linux that Node runs on. */
const TICK_SECONDS = 0.01

/** CPU seconds, user and system, of a process so far; 0 where it is gone. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  if (fields === undefined) return 0
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS
}

/** Peak resident memory of a process, MiB; 0 where it is gone. */
export function peakMemory(pid: number): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(found?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Process ids of this process' children by program: `kube-apiserver`, cut at 15 letters as the kernel does. */
export function childrenByProgram(): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    if (Number(statOf(pid)?.[1]) !== process.pid) continue
    try {
      found.set(readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), pid)
    } catch {
      // It ended meanwhile.
    }
  }
  return found
}

/** The fields after the program's name, which may have spaces: state, parent, … */
function statOf(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
  } catch {
    return undefined
  }
}
