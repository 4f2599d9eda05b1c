/** What of a task's pod the cache keeps. Ten thousand of them are held, and most of a pod is for the kubelet. */
import { ANNOTATIONS } from '@sortie/api'
import type { Pod, Stored } from '@sortie/machinery'
import { fieldOf } from './fields.ts'
import { REPLACE_ANNOTATION, WEAPONS_ANNOTATION } from './metadata.ts'

const READ = {
  annotations: [
    ANNOTATIONS.attempt,
    ANNOTATIONS.excludedNodes,
    WEAPONS_ANNOTATION,
    REPLACE_ANNOTATION,
  ],
  spec: ['nodeName', 'restartPolicy', 'containers', 'initContainers'],
  container: ['name', 'image'],
  status: [
    'phase',
    'reason',
    'message',
    'startTime',
    'conditions',
    'containerStatuses',
    'initContainerStatuses',
  ],
  containerStatus: ['name', 'state', 'lastState', 'restartCount'],
} as const

/** A pod with what controllers read of it; who reads another field must name it above. Never throws, whatever the pod is like. */
export function whatIsRead(pod: Stored<Pod>): Stored<Pod> {
  const { managedFields: _, annotations, ...metadata } = pod.metadata
  const kept = annotations === undefined ? {} : { annotations: pick(annotations, READ.annotations) }
  // Only of a pod that keeps away from aircraft it is asked whether it must.
  const isPicky = annotations?.[ANNOTATIONS.excludedNodes] !== undefined
  const spec = pick(pod.spec, isPicky ? [...READ.spec, 'affinity'] : READ.spec)
  const status = pick(pod.status, READ.status)
  // Fields are left out, none gets another type.
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: { ...metadata, ...kept },
    spec: pickEach(spec, ['containers', 'initContainers'], READ.container),
    status: pickEach(status, ['containerStatuses', 'initContainerStatuses'], READ.containerStatus),
  } as unknown as Stored<Pod>
}

type Fields = Record<string, unknown>

function pick(from: unknown, names: readonly string[]): Fields {
  const picked: Fields = {}
  for (const name of names) {
    const value = fieldOf(from, name)
    if (value !== undefined) picked[name] = value
  }
  return picked
}

/** In place: of each entry of these lists only these fields. */
function pickEach(fields: Fields, lists: readonly string[], names: readonly string[]): Fields {
  for (const list of lists) {
    const entries = fields[list]
    if (Array.isArray(entries)) fields[list] = entries.map((entry: unknown) => pick(entry, names))
  }
  return fields
}
