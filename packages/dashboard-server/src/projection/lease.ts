/** Lease to row. */
import type { LeaseRow } from '@sortie/api'
import type { Lease, Stored } from '@sortie/machinery'
import { identity, millis, rowOf, said } from './row.ts'

export function leaseRow(lease: Stored<Lease>): LeaseRow {
  const { spec } = lease
  return rowOf<LeaseRow>({
    ...identity(lease),
    holder: said(spec?.holderIdentity),
    renewed: millis(spec?.renewTime),
    durationSeconds: spec?.leaseDurationSeconds,
  })
}
