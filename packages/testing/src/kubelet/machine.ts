/**
 * A machine of its own for a node: its own processes, mounts, network and name, within this one. When its first process ends, the
 * kernel takes everything with it, whatever containers and shims had made of it; and it ends with the process that started it,
 * even where that one is killed.
 *
 * ```
 * this machine                          the node's machine
 *   10.88.N.1  sortieN ───────────────── eth0  10.88.N.2
 *   relay ──▶ API server on 127.0.0.1            │ bridge 10.244.0.1/16 ── pods
 *                                        10.0.0.1:443 ──▶ 10.88.N.1:relay   (what kube-proxy would do)
 * ```
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Daemon, startDaemon } from '../controlplane/processes.ts'

/** The API server's service, as the test bed's service network gives it. */
const SERVICE = { address: '10.0.0.1', network: '10.0.0.0/24' }
const MAX_MACHINES = 64
const READY_TIMEOUT_MS = 60_000

export interface MachineProcess {
  /** As this machine counts. */
  readonly pid: number
  readonly command: string
}

export interface Machine {
  readonly name: string
  /** Everything that it writes is in here. */
  readonly folder: string
  /** Of the node. */
  readonly address: string
  /** Of this machine, as the node sees it. */
  readonly host: string
  /** Where the node reaches the API server: `10.88.0.1:40123`. */
  readonly relay: string
  /** Name of the link to it. */
  readonly link: string
  /** Starts a program in it; to stop the daemon kills the program. */
  start(name: string, command: readonly [string, ...string[]]): Daemon
  /** Runs a program in it to its end. @throws Error where that is not 0 */
  run(...command: readonly [string, ...string[]]): Promise<string>
  processes(): readonly MachineProcess[]
  /** A path of the node's own mounts, as this machine reaches it while the node's is up. */
  pathOf(path: string): string
  stop(): Promise<void>
}

export interface MachineOptions {
  readonly name: string
  readonly folder: string
  /** Port of the API server on the loopback interface. */
  readonly apiserverPort: number
}

/** @throws Error where the kernel refuses it, which it does to everyone but root */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { name, folder } = options
  mkdirSync(folder, { recursive: true })
  const ready = join(folder, 'machine.ready')
  const own = ['--mount', '--pid', '--net', '--uts', '--ipc', '--mount-proc']
  const first = startDaemon(
    `machine ${name}`,
    ['unshare', ...own, '--fork', '--kill-child', 'bash', '-ec', setup(name, ready)],
    join(folder, 'machine.log'),
  )
  const init = await firstProcess(first, ready)
  const stopInit = async (): Promise<void> => {
    if (first.ended === undefined) process.kill(init, 'SIGKILL')
    await first.stop()
  }
  try {
    const network = connectNetwork(init)
    const relay = await startRelay(network.host, options.apiserverPort)
    redirectService(init, network.host, relay.port)
    const end = async (): Promise<void> => {
      relay.close()
      await stopInit()
    }
    return machineOf(options, { init, network, relay: `${network.host}:${relay.port}`, end })
  } catch (error) {
    await stopInit()
    throw error
  }
}

interface Running {
  readonly init: number
  readonly network: Network
  readonly relay: string
  readonly end: () => Promise<void>
}

function machineOf({ name, folder }: MachineOptions, running: Running): Machine {
  const { init, network, relay, end } = running
  const namespace = readlinkSync(`/proc/${init}/ns/pid`)
  const inside = ['nsenter', ...enter(init)]
  return {
    name,
    folder,
    ...network,
    relay,
    start: (what, command) =>
      // The program follows nsenter, which is the one that gets the signals.
      startDaemon(
        what,
        ['nsenter', ...enter(init), 'setpriv', '--pdeathsig', 'SIGKILL', ...command],
        join(folder, `${what}.log`),
      ),
    run: (...command) => run([...inside, ...command]),
    processes: () => processesIn(namespace).filter(({ pid }) => pid !== init),
    pathOf: (path) => `/proc/${init}/root${path}`,
    stop: end,
  }
}

const enter = (init: number): string[] => [
  ...['--target', String(init), '--mount', '--pid', '--net', '--uts', '--ipc'],
  '--wd=/',
  '--',
]

/** What containers leave outside the node's folder lands in memory, and goes with the mounts. */
const setup = (name: string, ready: string): string => `
mount --make-rshared /
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs $folder; done
mkdir -p /run/lock /run/netns
hostname ${name}
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link set lo up
touch ${ready}
sleep infinity &
wait
`

async function firstProcess(daemon: Daemon, ready: string): Promise<number> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (!existsSync(ready)) {
    if (daemon.ended !== undefined) throw new Error(daemon.ended)
    if (performance.now() > deadline) {
      await daemon.stop()
      throw new Error(`${daemon.name} did not start within ${READY_TIMEOUT_MS} ms`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { pid } = daemon
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

interface Network {
  readonly address: string
  readonly host: string
  readonly link: string
}

/** The link's name is the lock on its addresses. @throws Error where all are taken */
function connectNetwork(init: number): Network {
  for (let index = 0; index < MAX_MACHINES; index++) {
    const link = `sortie${index}`
    if (existsSync(`/sys/class/net/${link}`)) continue
    const [host, address] = [`10.88.${index}.1`, `10.88.${index}.2`]
    try {
      ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(init))
    } catch (error) {
      // Taken between the look and the act.
      if (existsSync(`/sys/class/net/${link}`)) continue
      throw error
    }
    ip('addr', 'add', `${host}/30`, 'dev', link)
    ip('link', 'set', link, 'up')
    within(init, 'ip', 'addr', 'add', `${address}/30`, 'dev', 'eth0')
    within(init, 'ip', 'link', 'set', 'eth0', 'up')
    // No way out but to the API server: an image that is not here is not fetched from anywhere.
    within(init, 'ip', 'route', 'add', SERVICE.network, 'via', host)
    return { address, host, link }
  }
  throw new Error(`${MAX_MACHINES} machines run already`)
}

function redirectService(init: number, host: string, port: number): void {
  const target = ['-j', 'DNAT', '--to-destination', `${host}:${port}`]
  const match = ['-d', SERVICE.address, '-p', 'tcp', '--dport', '443']
  for (const chain of ['PREROUTING', 'OUTPUT']) {
    within(init, 'iptables', '-t', 'nat', '-A', chain, ...match, ...target)
  }
}

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' })
const within = (init: number, ...command: string[]): void =>
  void execFileSync('nsenter', [...enter(init), ...command], { stdio: 'pipe' })

/** The API server listens on the loopback interface only: this carries the node's bytes there. */
async function startRelay(host: string, target: number) {
  const open = new Set<Socket>()
  const server: Server = createServer((incoming) => {
    const outgoing = connect(target, '127.0.0.1')
    for (const socket of [incoming, outgoing]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      socket.on('error', () => {})
    }
    incoming.pipe(outgoing).pipe(incoming)
    incoming.once('close', () => outgoing.destroy())
    outgoing.once('close', () => incoming.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function run([file = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${args.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}

/** Live processes of a PID namespace and of those within it: a container's own has the same ancestors. */
function processesIn(namespace: string): readonly MachineProcess[] {
  const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  const children = Map.groupBy(pids, parentOf)
  const found = new Map<number, MachineProcess>()
  const waiting = pids.filter((pid) => namespaceOf(pid) === namespace)
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    if (found.has(pid)) continue
    const command = readProcess(pid, 'cmdline').replaceAll('\0', ' ').trim()
    found.set(pid, { pid, command })
    waiting.push(...(children.get(pid) ?? []))
  }
  // One that has ended and is not yet buried has no command line.
  return [...found.values()].filter(({ command }) => command !== '')
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    // It ended while we looked.
    return undefined
  }
}

/** From `PID (NAME) STATE PARENT …`; a name may have any characters. */
function parentOf(pid: number): number {
  const stat = readProcess(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Empty where it ended while we looked. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
