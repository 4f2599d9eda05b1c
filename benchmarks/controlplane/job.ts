/** The yardstick: Kubernetes' own Job of the same containers, on the same aircraft, placed by kube-scheduler. */
import type { Client } from '@sortie/client'
import type { KubeObject, ResourceType } from '@sortie/machinery'

const JOBS: ResourceType = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
}

interface Job extends KubeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] }
}

export interface JobRun {
  readonly name: string
  readonly pods: number
  /** How long each container says that it sleeps. */
  readonly seconds: number
}

/** Creates the Job and resolves when it is Complete, with the seconds from its POST to there. */
export async function runJob(client: Client, run: JobRun): Promise<number> {
  const jobs = client.resource<Job>(JOBS)
  const ended = Promise.withResolvers<void>()
  const stream = await jobs.watch(
    { namespace: 'default', fieldSelector: `metadata.name=${run.name}`, resourceVersion: '0' },
    {
      onEvent({ object }) {
        const { conditions = [] } = (object as Job).status ?? {}
        if (conditions.some(({ type, status }) => type === 'Complete' && status === 'True')) {
          ended.resolve()
        }
      },
      onEnd: (error) => ended.reject(error ?? new Error('the watch ended')),
    },
  )
  const started = performance.now()
  await jobs.create(jobObject(run))
  await ended.promise
  const seconds = (performance.now() - started) / 1000
  stream.close()
  return seconds
}

function jobObject({ name, pods, seconds }: JobRun): Job {
  const command = ['sh', '-c', `sleep ${seconds}`]
  const containers = [{ name: 'task', image: 'busybox:1.36', command }]
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      parallelism: pods,
      completions: pods,
      template: { spec: { restartPolicy: 'Never', containers } },
    },
  } as Job
}
