/** On which nodes the pods of an installation may be. */

/** What simulated nodes are labelled with (FLEET_LABEL of @sortie/fleet; a test holds them together). */
export const SIMULATED = 'fleet.sortie/simulated'

/** Never on a simulated node, which would only say that they run. */
export function onMachines() {
  const matchExpressions = [{ key: SIMULATED, operator: 'DoesNotExist' }]
  return {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
  }
}
