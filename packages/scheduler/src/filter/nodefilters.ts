/** The checks that look at the Node object alone. */
import type { NodeSelectorTerm, Taint, Toleration } from '@sortie/machinery'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import { type Filter, PASSES } from './filter.ts'
import {
  failingRequirement,
  matchesTerm,
  termHasRequirements,
  writeRequirement,
} from './requirements.ts'

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const UNSCHEDULABLE = ['node(s) were unschedulable']

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: Filter = {
  name: 'NodeUnschedulable',
  isStatic: true,
  prepare(pod) {
    const tolerates = isTolerated(UNSCHEDULABLE_TAINT, pod.pod.spec.tolerations)
    if (tolerates) return undefined
    return ({ node }) => (node.spec?.unschedulable === true ? UNSCHEDULABLE : PASSES)
  },
}

const OTHER_NAME = ["node(s) didn't match the requested node name"]

/** A pod that names its node goes nowhere else. */
export const nodeName: Filter = {
  name: 'NodeName',
  isStatic: true,
  prepare(pod) {
    const wanted = pod.pod.spec.nodeName ?? ''
    return wanted === '' ? undefined : ({ name }) => (name === wanted ? PASSES : OTHER_NAME)
  },
}

/** Taints that keep pods away, unless the pod tolerates them. */
export const taintToleration: Filter = {
  name: 'TaintToleration',
  isStatic: true,
  prepare(pod) {
    return (node) => {
      const taint = untoleratedTaint(node, pod)
      return taint === undefined ? PASSES : [`node(s) had untolerated taint {${writeTaint(taint)}}`]
    }
  },
  explain(pod, node) {
    const taint = untoleratedTaint(node, pod)
    return taint === undefined ? undefined : `${writeTaint(taint)}:${taint.effect}`
  },
}

function untoleratedTaint({ node }: NodeInfo, { pod }: PodInfo): Taint | undefined {
  return node.spec?.taints?.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations),
  )
}

function writeTaint({ key, value = '' }: Taint): string {
  return `${key}: ${value}`
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) === true
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
  if (key !== undefined && key !== '' && key !== taint.key) return false
  if (operator === 'Exists') return true
  return key !== undefined && key !== '' && (value ?? '') === (taint.value ?? '')
}

/** kube-scheduler has one sentence for selector and affinity. */
export const AFFINITY_REASON = "node(s) didn't match Pod's node affinity/selector"
const NO_MATCH = [AFFINITY_REASON]

export const nodeSelector: Filter = {
  name: 'NodeSelector',
  isStatic: true,
  prepare({ pod }) {
    const wanted = Object.entries(pod.spec.nodeSelector ?? {})
    if (wanted.length === 0) return undefined
    return ({ node }) => {
      const labels = node.metadata.labels
      for (const [key, value] of wanted) if (labels?.[key] !== value) return NO_MATCH
      return PASSES
    }
  },
  explain({ pod }, { node }) {
    const labels = node.metadata.labels ?? {}
    const wrong = Object.entries(pod.spec.nodeSelector ?? {}).find(
      ([key, value]) => labels[key] !== value,
    )
    if (wrong === undefined) return undefined
    const [key, value] = wrong
    return `wants ${key}=${value}, has ${labels[key] ?? 'none'}`
  },
}

export const nodeAffinity: Filter = {
  name: 'NodeAffinity',
  isStatic: true,
  prepare(pod) {
    const terms = requiredTerms(pod)
    if (terms === undefined) return undefined
    return ({ node }) => (terms.some((term) => matchesTerm(term, node)) ? PASSES : NO_MATCH)
  },
  explain(pod, { node }) {
    const terms = (requiredTerms(pod) ?? []).filter(termHasRequirements)
    const failing = terms
      .map((term) => failingRequirement(term, node))
      .find((one) => one !== undefined)
    if (failing === undefined) return undefined
    const value = node.metadata.labels?.[failing.key]
    return `wants ${writeRequirement(failing)}, has ${value ?? 'none'}`
  },
}

function requiredTerms({ pod }: PodInfo): readonly NodeSelectorTerm[] | undefined {
  return pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    ?.nodeSelectorTerms
}
