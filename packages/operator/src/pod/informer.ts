/** The one cache of tasks' pods that the controllers share, with the indexes that they need. */
import { LABELS, MANAGED_BY } from '@sortie/api'
import type { Informer } from '@sortie/client'
import { PODS, type Pod, toLabelValue } from '@sortie/machinery'
import type { InformerSelection, InformerSource } from '@sortie/runtime'
import { readPod } from './facts.ts'
import { fieldOf, textOf } from './fields.ts'
import { whatIsRead } from './kept.ts'
import { weaponsOfPod } from './metadata.ts'

/** Pods that have not succeeded by the name of their node: ended ones pile up, and only failures say something of a node. */
export const NODE_INDEX = 'node'
/** Live pods by the weapons that they carry, as `namespace/name`. */
export const WEAPON_INDEX = 'weapon'
/** Pods that have not ended by their stage, see `stageKeyOf`. */
export const STAGE_INDEX = 'stage'

/** Only pods that carry our label are watched: the cluster's other pods are none of our business. */
export const TASK_POD_SELECTOR = `${LABELS.managedBy}=${MANAGED_BY}`

/** Pods that wait for an aircraft and rule some out, all under the one value `waiting`. */
export const PICKY_INDEX = 'picky'
export const PICKY = 'waiting'

/** @param namespace all namespaces where it is left out */
export function taskPods(informers: InformerSource, namespace?: string): Informer<Pod> {
  const selection = { ...inNamespace(namespace), labelSelector: TASK_POD_SELECTOR }
  const pods = informers.informer<Pod>(PODS, selection, whatIsRead)
  pods.addIndexer(NODE_INDEX, (pod) => {
    const node = textOf(fieldOf(pod, 'spec'), 'nodeName')
    return node === undefined || phaseOf(pod) === 'Succeeded' ? [] : [node]
  })
  pods.addIndexer(WEAPON_INDEX, (pod) => {
    const phase = phaseOf(pod)
    if (phase === 'Succeeded' || phase === 'Failed') return []
    return [...new Set(weaponsOfPod(pod.metadata.annotations).values())]
  })
  pods.addIndexer(STAGE_INDEX, (pod) => {
    const phase = phaseOf(pod)
    const stage = pod.metadata.labels?.[LABELS.stageRef]
    if (stage === undefined || phase === 'Succeeded' || phase === 'Failed') return []
    return [stageKeyOf(pod.metadata.namespace, stage)]
  })
  pods.addIndexer(PICKY_INDEX, (pod) => {
    const { rulesOut, node, finished } = readPod(pod)
    return rulesOut && node === undefined && !finished ? [PICKY] : []
  })
  return pods
}

/** Value of the index for the pods of a MissionStage: by its name as their label has it. */
export function stageKeyOf(namespace: string | undefined, stage: string): string {
  return `${namespace ?? ''}/${toLabelValue(stage)}`
}

/** Selects one namespace, or all where none is given. */
export function inNamespace(namespace: string | undefined): InformerSelection {
  return namespace === undefined ? {} : { namespace }
}

function phaseOf(pod: Pod): unknown {
  return fieldOf(fieldOf(pod, 'status'), 'phase')
}
