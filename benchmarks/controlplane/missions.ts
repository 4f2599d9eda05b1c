/** The missions that are flown here beside the parallel one. */
import type { KubeObject } from '@sortie/machinery'

const taskOf = (seconds: number) => ({
  name: 't',
  aircraft: 'drone',
  podTemplate: {
    spec: {
      containers: [
        { name: 'task', image: 'busybox:1.36', command: ['sh', '-c', `sleep ${seconds}`] },
      ],
    },
  },
})

/** `s01`, `s02`, … */
export const stageName = (index: number): string => `s${String(index + 1).padStart(2, '0')}`

/** One task per stage, each stage after the one before. */
export function chainMission(name: string, stages: number, seconds: number): KubeObject {
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name, namespace: 'default' },
    spec: {
      stages: Array.from({ length: stages }, (_, index) => ({
        name: stageName(index),
        ...(index === 0 ? {} : { dependsOn: [stageName(index - 1)] }),
        flightTasks: [taskOf(seconds)],
      })),
    },
  } as KubeObject
}
