/** What an installation consists of, beside its rights, as kubectl shows it. */
import {
  formatLabelSelector,
  isJsonObject,
  type KubeObject,
  labelSelectorOf,
} from '@sortie/machinery'
import { labelSelectorErrors } from '../schema/labelselector.ts'
import { ageColumn, at, cellOf, column, listAt, NONE, nameColumn, wideColumn } from './columns.ts'
import type { TableKind } from './table.ts'

function numberAt(object: KubeObject, path: string): number {
  const value = at(object, path)
  return typeof value === 'number' ? value : 0
}

function readyReplicas(deployment: KubeObject): string {
  const wanted = at(deployment, 'spec.replicas') ?? 1
  return `${numberAt(deployment, 'status.readyReplicas')}/${String(wanted)}`
}

/** A field of each container of the template: `one,two`. */
function ofContainers(field: 'name' | 'image'): (workload: KubeObject) => string {
  return (workload) =>
    listAt(workload, 'spec.template.spec.containers')
      .map((container) => container[field])
      .join(',')
}

/** The selector at a path in kubectl's syntax; that of a kind whose selectors are not checked may be none. */
function selectorAt(path: string): (object: KubeObject) => string {
  return (object) => {
    const selector = at(object, path)
    if (!isJsonObject(selector) || labelSelectorErrors(selector, path).length > 0) return NONE
    return formatLabelSelector(labelSelectorOf(selector)) || NONE
  }
}

function measure(path: string): (budget: KubeObject) => string {
  return (budget) => String(at(budget, path) ?? 'N/A')
}

export const deploymentKind: TableKind = {
  columns: [
    nameColumn,
    column('Ready', readyReplicas, { description: 'Of the pods that are wanted those ready.' }),
    column('Up-to-date', (deployment) => numberAt(deployment, 'status.updatedReplicas')),
    column('Available', (deployment) => numberAt(deployment, 'status.availableReplicas')),
    ageColumn,
    wideColumn('Containers', ofContainers('name')),
    wideColumn('Images', ofContainers('image')),
    wideColumn('Selector', selectorAt('spec.selector')),
  ],
}

export const disruptionBudgetKind: TableKind = {
  columns: [
    nameColumn,
    column('Min Available', measure('spec.minAvailable')),
    column('Max Unavailable', measure('spec.maxUnavailable')),
    column('Allowed Disruptions', (budget) => numberAt(budget, 'status.disruptionsAllowed')),
    ageColumn,
  ],
}

export const priorityClassKind: TableKind = {
  columns: [
    nameColumn,
    column('Value', (one) => numberAt(one, 'value')),
    column('Global-Default', (one) => at(one, 'globalDefault') === true),
    ageColumn,
    column('PreemptionPolicy', cellOf('preemptionPolicy')),
  ],
}

export const networkPolicyKind: TableKind = {
  columns: [nameColumn, column('Pod-Selector', selectorAt('spec.podSelector')), ageColumn],
}
