/** The checks that look at the Node object alone. */
import type { NodeSelectorTerm, Taint } from '@sortie/machinery'
import {
  failingLabel,
  failingRequirement,
  isCordonedFor,
  isTolerated,
  matchesTerm,
  NOT_READY_TAINT,
  notReadyCondition,
  requiredNodeTerms,
  termHasRequirements,
  untoleratedTaint,
  writeRequirement,
} from '@sortie/machinery'
import { type Filter, PASSES } from './filter.ts'

const UNSCHEDULABLE = ['node(s) were unschedulable']

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: Filter = {
  name: 'NodeUnschedulable',
  isStatic: true,
  prepare({ pod }) {
    return ({ node }) => (isCordonedFor(pod.spec, node) ? UNSCHEDULABLE : PASSES)
  },
}

const NOT_READY = [reasonOf(NOT_READY_TAINT)]

/** Where no node controller taints a node that is not ready, its condition says as much. */
export const nodeReady: Filter = {
  name: 'NodeReady',
  isStatic: true,
  prepare({ pod }) {
    if (isTolerated(NOT_READY_TAINT, pod.spec.tolerations)) return undefined
    return ({ node }) => (notReadyCondition(node) === undefined ? PASSES : NOT_READY)
  },
  explain(_, { node }) {
    const { reason = '', since } = notReadyCondition(node) ?? {}
    return since === undefined ? reason : `${reason} since ${since}`
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
  prepare({ pod }) {
    return ({ node }) => {
      const taint = untoleratedTaint(pod.spec, node)
      return taint === undefined ? PASSES : [reasonOf(taint)]
    }
  },
  explain({ pod }, { node }) {
    const taint = untoleratedTaint(pod.spec, node)
    return taint === undefined ? undefined : `${writeTaint(taint)}:${taint.effect}`
  },
}

function reasonOf(taint: Taint): string {
  return `node(s) had untolerated taint {${writeTaint(taint)}}`
}

function writeTaint({ key, value = '' }: Taint): string {
  return `${key}: ${value}`
}

/** kube-scheduler has one sentence for selector and affinity. */
export const AFFINITY_REASON = "node(s) didn't match Pod's node affinity/selector"
const NO_MATCH = [AFFINITY_REASON]

export const nodeSelector: Filter = {
  name: 'NodeSelector',
  isStatic: true,
  prepare({ pod }) {
    if (Object.keys(pod.spec.nodeSelector ?? {}).length === 0) return undefined
    return ({ node }) => (failingLabel(pod.spec, node) === undefined ? PASSES : NO_MATCH)
  },
  explain({ pod }, { node }) {
    const wrong = failingLabel(pod.spec, node)
    if (wrong === undefined) return undefined
    return `wants ${wrong.key}=${wrong.value}, has ${node.metadata.labels?.[wrong.key] ?? 'none'}`
  },
}

export const nodeAffinity: Filter = {
  name: 'NodeAffinity',
  isStatic: true,
  prepare({ pod }) {
    const terms = requiredNodeTerms(pod.spec)
    if (terms === undefined) return undefined
    return ({ node }) => (terms.some((term) => matchesTerm(term, node)) ? PASSES : NO_MATCH)
  },
  explain({ pod }, { node }) {
    const terms: readonly NodeSelectorTerm[] = requiredNodeTerms(pod.spec) ?? []
    const failing = terms
      .filter(termHasRequirements)
      .map((term) => failingRequirement(term, node))
      .find((one) => one !== undefined)
    if (failing === undefined) return undefined
    const value = node.metadata.labels?.[failing.key]
    return `wants ${writeRequirement(failing)}, has ${value ?? 'none'}`
  },
}
