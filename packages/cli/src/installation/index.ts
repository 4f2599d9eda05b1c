/** Everything that an installation consists of, in the order in which it can be applied. */
import { customResourceDefinitions } from '@sortie/api'
import { admissionPolicies } from './admission.ts'
import type { InstallationSettings, Manifest } from './manifest.ts'
import { partRoles, peopleRoles, serviceAccounts } from './rbac.ts'
import { namespace, workloads } from './workloads.ts'

export { admissionPolicies, POD_POLICY_LABEL } from './admission.ts'
export { fleetManifests } from './fleet.ts'
export * from './manifest.ts'
export { networkPolicies } from './networkpolicies.ts'
export { partRoles, peopleRoles, serviceAccounts } from './rbac.ts'
export { leaseRules, PART_RIGHTS, PEOPLE, type Rule } from './rights.ts'
export { namespace, workloads } from './workloads.ts'

/** The objects of `kubectl apply -k config/default`. */
export function installation(settings: InstallationSettings): readonly Manifest[] {
  return [
    namespace(settings),
    ...(customResourceDefinitions() as unknown as readonly Manifest[]),
    ...serviceAccounts(settings),
    ...partRoles(settings),
    ...peopleRoles(settings),
    ...workloads(settings),
  ]
}

/** With the policies, for a server that knows them. */
export function installationWithPolicies(settings: InstallationSettings): readonly Manifest[] {
  return [...installation(settings), ...admissionPolicies(settings)]
}
