/** ClusterRoles that are made of others: their rules are those of all roles that their selectors find. */
import { deepEqual, isJsonObject, labelSelectorOf, matchesLabels } from '@sortie/machinery'
import type { ServerController } from '../controllers/controller.ts'
import { listOf } from '../resources/pods/fields.ts'
import type { ServerParts } from '../server/parts.ts'
import type { Store, StoredObject } from '../store/index.ts'
import { RBAC_STORAGE } from './model.ts'

/** The rules that the role is to have; undefined where it has them, or is not made of others. */
function aggregatedRules(store: Store, role: StoredObject): readonly unknown[] | undefined {
  const { aggregationRule } = role
  if (!isJsonObject(aggregationRule)) return undefined
  const selectors = listOf(aggregationRule, 'clusterRoleSelectors').map((one) =>
    labelSelectorOf(one),
  )
  const rules: unknown[] = []
  for (const other of store.list(RBAC_STORAGE.clusterRoles)) {
    const { name, labels } = other.metadata
    if (name === role.metadata.name) continue
    if (!selectors.some((selector) => matchesLabels(selector, labels))) continue
    for (const rule of listOf(other, 'rules')) {
      if (!rules.some((present) => deepEqual(present, rule))) rules.push(rule)
    }
  }
  return deepEqual(rules, role['rules'] ?? []) ? undefined : rules
}

/** How long a chain of roles that are made of each other may be. */
const MAX_PASSES = 10

/** Brings every role that is made of others up to date. */
export function aggregateRoles(store: Store): void {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    let changed = false
    for (const role of store.list(RBAC_STORAGE.clusterRoles)) {
      const rules = aggregatedRules(store, role)
      if (rules === undefined) continue
      store.put(RBAC_STORAGE.clusterRoles, { ...role, rules })
      changed = true
    }
    if (!changed) return
  }
}

/** Looks at the roles whenever a ClusterRole changes. */
export function createAggregationController({ store }: ServerParts): ServerController {
  let unsubscribe: (() => void) | undefined
  const reconcile = (): void => aggregateRoles(store)
  return {
    start() {
      reconcile()
      unsubscribe = store.subscribe(RBAC_STORAGE.clusterRoles, reconcile)
    },
    stop: () => unsubscribe?.(),
  }
}
