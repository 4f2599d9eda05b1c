/** A real control plane with the parts of Sortie in processes of their own, each under a user that the audit log can tell. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { customResourceDefinitions } from '@sortie/api'
import type { Client } from '@sortie/client'
import { CUSTOM_RESOURCE_DEFINITIONS, NODES, type NodeObject } from '@sortie/machinery'
import { type ControlPlane, type Daemon, startControlPlane, startDaemon } from '@sortie/testing'
import { type AuditTrail, openAudit } from './audit.ts'
import { type PartName, partCommand, writeCommand } from './command.ts'
import { startKwok } from './kwok.ts'
import { childrenByProgram, cpuSeconds } from './processes.ts'

/** As the audit log has them. */
export const OURS: readonly string[] = ['sortie-operator', 'sortie-scheduler']
/** Those that a Job of Kubernetes' own needs. */
export const JOB_USERS: readonly string[] = [
  'system:serviceaccount:kube-system:job-controller',
  'system:kube-scheduler',
]

export interface BedOptions {
  /** Simulated aircraft of the type `drone`. Default 1,000. */
  readonly aircraft?: number
  /** Tasks that each takes at a time. Default 1. */
  readonly slots?: number
  readonly components?: readonly ('controller-manager' | 'scheduler')[]
  /** Default: all three. */
  readonly parts?: readonly PartName[]
  /** Flags of each part beside those that every one gets. */
  readonly flags?: Partial<Record<PartName, readonly string[]>>
}

export interface Bed {
  readonly plane: ControlPlane
  readonly client: Client
  readonly audit: AuditTrail
  readonly parts: ReadonlyMap<PartName, Daemon>
  startPart(name: PartName, flags?: readonly string[]): void
  /** Leaves the aircraft to kwok, which lets every pod run so many seconds; resolves once that has begun. */
  playByKwok(seconds: number): Promise<void>
  /** Process id of a program of the control plane, by its name as the kernel has it. */
  pid(program: string): number | undefined
  /** CPU seconds so far by program: etcd, kube-apiserver, …, operator, scheduler, fleet. */
  cpu(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

const MASTERS = ['system:masters']

export async function startBed(options: BedOptions = {}): Promise<Bed> {
  const components = options.components ?? ['controller-manager', 'scheduler']
  const plane = await startControlPlane({
    components,
    controllers: ['garbage-collector-controller', 'job-controller'],
    users: {
      operator: { user: 'sortie-operator', groups: MASTERS },
      scheduler: { user: 'sortie-scheduler', groups: MASTERS },
      fleet: { user: 'sortie-fleet', groups: MASTERS },
    },
    // One file, however long the run.
    apiserverFlags: ['--audit-log-maxsize=100000', '--audit-log-batch-buffer-size=200000'],
    report: (line) => process.stderr.write(`${line}\n`),
  })
  const client = plane.client('harness')
  const folder = mkdtempSync(join(tmpdir(), 'sortie-bench-'))
  const parts = new Map<PartName, Daemon>()
  const aircraft = options.aircraft ?? 1000
  const fleetFile = join(folder, 'fleet.yaml')
  writeFileSync(fleetFile, fleetText(aircraft, options.slots ?? 1))
  await writeCommand(folder)
  const startPart: Bed['startPart'] = (name, flags = options.flags?.[name] ?? []) => {
    const all = name === 'fleet' ? [`--fleet=${fleetFile}`, ...flags] : flags
    const command = partCommand({ name, kubeconfig: plane.kubeconfig(name), folder }, all)
    parts.set(name, startDaemon(name, command, join(folder, `${name}.log`)))
  }
  let kwok: Daemon | undefined
  const programs = childrenByProgram()
  const bed: Bed = {
    plane,
    client,
    audit: openAudit(plane.auditLog),
    parts,
    startPart,
    async playByKwok(seconds) {
      await parts.get('fleet')?.stop()
      parts.delete('fleet')
      kwok = await startKwok({ kubeconfig: plane.kubeconfig('fleet'), folder, seconds })
    },
    pid: (program) => programs.get(program),
    cpu: () =>
      Object.fromEntries([
        ...[...programs].map(([name, pid]) => [name, cpuSeconds(pid)]),
        ...[...parts].map(([name, { pid }]) => [name, cpuSeconds(pid)]),
        ...(kwok === undefined ? [] : [['kwok', cpuSeconds(kwok.pid)]]),
      ]),
    async stop() {
      const daemons = [...parts.values(), ...(kwok === undefined ? [] : [kwok])]
      await Promise.all(daemons.map((daemon) => daemon.stop()))
      bed.audit.close()
      await plane.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await makeReady(bed, options.parts ?? ['operator', 'scheduler', 'fleet'], aircraft)
  } catch (error) {
    await bed.stop()
    throw error
  }
  return bed
}

/** No heartbeats, no fuel and no usage: a fleet that writes nothing but its pods' statuses. */
function fleetText(aircraft: number, slots: number): string {
  return `heartbeat: none
metrics: false
aircraft:
  - {type: drone, count: ${aircraft}, namePrefix: drone, hardpoints: 2, slots: ${slots}}
`
}

async function makeReady(bed: Bed, parts: readonly PartName[], aircraft: number): Promise<void> {
  const definitions = bed.client.resource(CUSTOM_RESOURCE_DEFINITIONS)
  for (const definition of customResourceDefinitions()) await definitions.create(definition)
  // A definition is served a moment after it was taken.
  await bed.audit.settle()
  for (const name of parts) bed.startPart(name)
  if (!parts.includes('fleet')) return
  await until(`${aircraft} aircraft`, async () => {
    for (const part of bed.parts.values()) if (part.ended !== undefined) throw new Error(part.ended)
    const { items } = await bed.client.resource<NodeObject>(NODES).listAll({ resourceVersion: '0' })
    return items.filter(isReadyAircraft).length >= aircraft
  })
  await bed.audit.settle()
}

function isReadyAircraft({ status }: NodeObject): boolean {
  const ready = status?.conditions?.some(
    ({ type, status: is }) => type === 'Ready' && is === 'True',
  )
  return ready === true && status?.allocatable?.['aircraft.mil/slot'] !== undefined
}

const PATIENCE_MS = 900_000

/** @throws Error where it does not come true within a quarter of an hour */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
