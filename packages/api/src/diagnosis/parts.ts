/** Whether the operator and the scheduler are there, by their leaders' leases. */
import { type Instant, type Lease, parseTime } from '@sortie/machinery'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import { refOf } from './scene.ts'
import { finding } from './sentences.ts'

type Part = 'operator' | 'scheduler'

/** Leases are renewed every two seconds or so; one that is this much overdue has no holder. */
const DEFAULT_LEASE_SECONDS = 15

/** Names of the leases, as every installation has them. */
export const LEASE_NAMES: Readonly<Record<Part, string>> = {
  operator: 'sortie-operator',
  scheduler: 'sortie-scheduler',
}

/** Says so where a part's lease has run out; a cluster without leases has parts that need none. */
export function absent(part: Part, { leases }: Evidence, now: Instant): readonly Finding[] {
  const lease = leases?.find(({ metadata }) => metadata.name === LEASE_NAMES[part])
  if (lease === undefined || !hasRunOut(lease, now)) return []
  const since = lease.spec?.renewTime ?? 'an unknown time'
  const code = part === 'operator' ? 'operatorAbsent' : 'schedulerAbsent'
  return [finding(code, { since }, [refOf(lease)])]
}

function hasRunOut({ spec }: Lease, now: Instant): boolean {
  if ((spec?.holderIdentity ?? '') === '') return true
  const renewed = parseTime(spec?.renewTime) ?? 0
  return now - renewed > (spec?.leaseDurationSeconds ?? DEFAULT_LEASE_SECONDS) * 1000
}
