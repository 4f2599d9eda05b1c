/** Checks of the aircraft, and of the parts that look after them. */
import { formatPath, parseAircraft } from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  isNotFound,
  LEASES,
  type Lease,
  NODES,
  type NodeObject,
  parseTime,
  type Stored,
} from '@sortie/machinery'
import { type Finding, fail, ok, warn } from './finding.ts'

export async function checkAircraft(client: Client): Promise<readonly Finding[]> {
  const { items } = await client.resource<NodeObject>(NODES).listAll()
  const readings = items.map((node) => ({ node, reading: parseAircraft(node) }))
  const aircraft = readings.filter(({ reading }) => reading.kind !== 'none')
  if (aircraft.length === 0) {
    const remedy = 'kubectl label node NODE aircraft.mil/type=TYPE aircraft.mil/status=ready'
    return [warn('aircraft', `none among ${items.length} nodes`, remedy)]
  }
  const problems = aircraft.flatMap(({ node, reading }) => labelProblems(node, reading))
  const ready = aircraft.filter(
    ({ node, reading }) =>
      reading.kind === 'aircraft' && reading.facts.status === 'ready' && isReady(node),
  )
  const count = `${ready.length} of ${aircraft.length} ready`
  if (ready.length > 0) return [ok('aircraft', count), ...problems]
  const remedy = 'set aircraft.mil/status=ready, and see `kubectl get nodes`'
  return [fail('aircraft', count, remedy), ...problems]
}

function labelProblems(
  node: Stored<NodeObject>,
  reading: ReturnType<typeof parseAircraft>,
): readonly Finding[] {
  if (reading.kind === 'none') return []
  const problems = reading.kind === 'invalid' ? reading.problems : reading.warnings
  return problems.map(({ path, message, severity }) => {
    const text = `${node.metadata.name}: ${formatPath(path)} ${message}`
    const remedy = `kubectl label --overwrite node ${node.metadata.name} ${path.at(-1)}=VALUE`
    return severity === 'error' ? fail('aircraft', text, remedy) : warn('aircraft', text, remedy)
  })
}

function isReady({ status }: Stored<NodeObject>): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True'
}

export interface LeaseCheck {
  readonly client: Client
  readonly namespace: string
  /** By the server's clock, ms. */
  readonly now: number
}

export async function checkLease(check: LeaseCheck, name: string): Promise<Finding> {
  const remedy = `kubectl -n ${check.namespace} get pods,lease; sortie install`
  const lease = await readLease(check, name)
  if (lease === undefined) {
    const message = `no lease ${check.namespace}/${name}: not installed there, or never started`
    return warn(name, message, `${remedy} (\`sortie up\` needs none)`)
  }
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = lease.spec ?? {}
  const renewed = parseTime(renewTime)
  // A replica that ends gives its lease up, and may leave the times.
  if (holderIdentity === '' || renewed === undefined) return fail(name, 'no replica leads', remedy)
  const age = Math.round((check.now - renewed) / 1000)
  if (age > leaseDurationSeconds) {
    return fail(name, `${holderIdentity} renewed its lease ${age} s ago`, remedy)
  }
  return ok(name, `${holderIdentity} leads`)
}

async function readLease(
  { client, namespace }: LeaseCheck,
  name: string,
): Promise<Stored<Lease> | undefined> {
  try {
    return await client.resource<Lease>(LEASES).get({ namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
