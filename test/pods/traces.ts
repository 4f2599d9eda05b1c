/** What nodes leave behind on this machine when they are gone, which should be nothing. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { RealCluster } from '@sortie/testing'

/** Look before it stops; the function that comes back looks again, and tells what is still there. */
export function watchTraces({ nodes, folder }: RealCluster): () => readonly string[] {
  const processes = nodes.flatMap(({ machine }) => machine.processes())
  const cgroups = new Set(processes.flatMap(({ pid }) => containerCgroups(pid)))
  const links = nodes.map(({ machine }) => machine.link)
  const namespaces = new Set(
    processes.flatMap(({ pid }) => ['pid', 'net', 'mnt'].map((kind) => namespaceOf(pid, kind))),
  )
  if (processes.length === 0) throw new Error('no node runs anything: look before it stops')
  return () => [
    ...livingIn(namespaces),
    ...mounts().filter((line) => line.includes(folder)),
    ...links.filter((link) => existsSync(`/sys/class/net/${link}`)),
    ...[...cgroups].filter((path) => existsSync(path)),
    ...(existsSync(folder) ? [folder] : []),
  ]
}

const namespaceOf = (pid: number | string, kind: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    // It ended while we looked.
    return ''
  }
}

/** Namespaces live as long as a process is in them, or a mount of this machine holds them. */
function livingIn(namespaces: ReadonlySet<string>): readonly string[] {
  const own = new Set(['pid', 'net', 'mnt'].map((kind) => namespaceOf('self', kind)))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      ['pid', 'net', 'mnt'].some((kind) => {
        const namespace = namespaceOf(pid, kind)
        return namespace !== '' && namespaces.has(namespace) && !own.has(namespace)
      }),
    )
    .map((pid) => `process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`)
}

const mounts = (): readonly string[] => readFileSync('/proc/self/mountinfo', 'utf8').split('\n')

/** Of the hierarchies where a process is in one of containerd's Kubernetes namespace: `9:cpu:/k8s.io/ID`. */
function containerCgroups(pid: number): readonly string[] {
  return cgroupsOf(pid).flatMap((line) => {
    const [, controllers = '', path = ''] = line.split(':')
    if (!path.startsWith('/k8s.io/')) return []
    const hierarchies = ['', 'unified', controllers.replace('name=', '')]
    return hierarchies.map((hierarchy) => join('/sys/fs/cgroup', hierarchy, path))
  })
}

function cgroupsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
  } catch {
    // It ended while we looked.
    return []
  }
}
