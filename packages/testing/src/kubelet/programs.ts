/** What a real node needs of this machine, beside the kubelet that the test bed builds. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { missingForControlPlane } from '../controlplane/binaries.ts'

/** Debian's folder of network plugins. */
export const NETWORK_PLUGINS = '/usr/lib/cni'

/** By a file of theirs: the Debian packages. */
const PACKAGES: Readonly<Record<string, string>> = {
  '/usr/bin/containerd': 'containerd',
  '/usr/sbin/runc': 'runc',
  [`${NETWORK_PLUGINS}/bridge`]: 'containernetworking-plugins',
  '/bin/busybox': 'busybox-static',
  '/usr/sbin/iptables': 'iptables',
  '/usr/bin/openssl': 'openssl',
  '/sbin/ip': 'iproute2',
  '/usr/bin/nsenter': 'util-linux',
}

const absentPackages = (): string[] =>
  Object.entries(PACKAGES).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))

/**
 * Why no real node can run on this machine, in one line; undefined where it can, and in CI, where what is missing is installed and
 * a failure to do so is an error.
 */
export function missingForKubelet(): string | undefined {
  if (process.env['CI'] === 'true') return undefined
  if (process.platform !== 'linux') return 'a kubelet runs on Linux only'
  if (process.getuid?.() !== 0) return 'a kubelet needs root: run this suite by sudo'
  const absent = absentPackages()
  if (absent.length > 0) return `not on this machine: apt-get install ${absent.join(' ')}`
  return missingForControlPlane(['etcd', 'kube-apiserver', 'kubelet'])
}

/** Installs what is missing, in CI only. @throws Error where something is missing and stays so */
export function ensureNodePrograms(report: (line: string) => void = () => {}): void {
  let absent = absentPackages()
  if (absent.length > 0 && process.env['CI'] === 'true') {
    report(`installing ${absent.join(' ')}`)
    if (!install(absent)) {
      spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' })
      install(absent)
    }
    absent = absentPackages()
  }
  if (absent.length > 0) throw new Error(`a real node needs: apt-get install ${absent.join(' ')}`)
}

function install(packages: readonly string[]): boolean {
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0
}
