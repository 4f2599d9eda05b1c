/** Cancelling many missions at once: which of those shown, and what became of each. */
import type { MissionRow } from '@sortie/api'
import { patchObject } from '../api/kube.ts'
import { actionsFor } from './mission.ts'

/** The dashboard's server takes 20 writes a minute from one person: more are done in another go. */
export const MOST_AT_ONCE = 20

export interface BulkResult {
  readonly uid: string
  readonly name: string
  /** Why it was refused; undefined where it was accepted. */
  readonly problem?: string
}

/** Those that can still be cancelled. */
export function cancellable(missions: readonly MissionRow[]): readonly MissionRow[] {
  return missions.filter((mission) => actionsFor(mission).includes('cancel'))
}

/** One after the other; one that is refused stops none of the rest. */
export async function cancelAll(
  missions: readonly MissionRow[],
  dryRun: boolean,
): Promise<readonly BulkResult[]> {
  const results: BulkResult[] = []
  for (const { uid, name, namespace = 'default' } of missions) {
    try {
      await patchObject(
        { plural: 'missions', namespace, name },
        { spec: { cancel: true } },
        { dryRun },
      )
      results.push({ uid, name })
    } catch (error) {
      results.push({ uid, name, problem: error instanceof Error ? error.message : String(error) })
    }
  }
  return results
}
