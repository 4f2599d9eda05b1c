/** Pods, nodes and snapshots for the tests of this package. */
import type { Container, NodeObject, Pod, PodSpec, Stored } from '@sortie/machinery'
import type { Gang, WaitingPod } from '../gang/units.ts'
import { type ClusterState, createClusterState } from './clusterstate.ts'
import { createNodeInfo, type NodeInfo } from './nodeinfo.ts'
import { podInfo } from './podinfo.ts'

const META = { resourceVersion: '1', creationTimestamp: '2026-01-05T08:00:00Z' }

export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string>>
  readonly resources?: Readonly<Record<string, string>>
  readonly spec?: NodeObject['spec']
  /** Status of the condition Ready; the node says nothing where it is missing. */
  readonly ready?: 'True' | 'False' | 'Unknown'
}

export function makeNode(name: string, options: NodeOptions = {}): Stored<NodeObject> {
  const allocatable = {
    cpu: '8',
    memory: '16Gi',
    pods: '110',
    'aircraft.mil/slot': '1',
    ...options.resources,
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...META, name, uid: `node-${name}`, labels: options.labels ?? {} },
    ...(options.spec === undefined ? {} : { spec: options.spec }),
    status: {
      allocatable,
      capacity: allocatable,
      ...(options.ready === undefined
        ? {}
        : { conditions: [{ type: 'Ready', status: options.ready }] }),
    },
  }
}

export interface PodOptions {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly requests?: Readonly<Record<string, string>>
  readonly ports?: Container['ports']
  readonly spec?: Partial<PodSpec>
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
}

/** A pod that asks for nothing unless told otherwise. */
export function makePod(name: string, options: PodOptions = {}): Stored<Pod> {
  const { namespace = 'default', requests, ports } = options
  const container: Container = {
    name: 'main',
    ...(requests === undefined ? {} : { resources: { requests } }),
    ...(ports === undefined ? {} : { ports }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...META, name, namespace, uid: `pod-${name}`, labels: options.labels ?? {} },
    spec: { containers: [container], ...options.spec },
    ...(options.phase === undefined ? {} : { status: { phase: options.phase } }),
  }
}

export const SLOT = { 'aircraft.mil/slot': '1' } as const

/** A pod that takes an aircraft's slot. */
export function makeTaskPod(name: string, options: PodOptions = {}): Stored<Pod> {
  return makePod(name, { ...options, requests: { ...SLOT, ...options.requests } })
}

export function makeWaiting(
  pod: Stored<Pod>,
  options: { readonly order?: number; readonly gang?: Gang } = {},
): WaitingPod {
  const { order = 0, gang } = options
  return { info: podInfo(pod), order, ...(gang === undefined ? {} : { gang }) }
}

export function makeGang(key: string, size: number, placed = 0): Gang {
  return { key, name: `default/${key}`, size, placed }
}

/** Nodes, and pods on them by node name. */
export function makeState(
  nodes: readonly Stored<NodeObject>[],
  pods: Readonly<Record<string, readonly Stored<Pod>[]>> = {},
): ClusterState {
  const state = createClusterState()
  for (const node of nodes) state.setNode(node)
  for (const [nodeName, there] of Object.entries(pods)) {
    for (const pod of there) state.setPod(onNode(pod, nodeName))
  }
  return state
}

export function onNode(pod: Stored<Pod>, nodeName: string): Stored<Pod> {
  return { ...pod, spec: { ...pod.spec, nodeName } }
}

export function infoOf(node: Stored<NodeObject>): NodeInfo {
  return createNodeInfo(node)
}
