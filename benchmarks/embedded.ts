/** The embedded cluster with a record of every request, by part. */
import { customResourceDefinitions, MISSIONS, type Mission } from '@sortie/api'
import { createApiServer } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import { createFleet, type FleetSpec } from '@sortie/fleet'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeObject,
  silentLogger,
  systemClock,
  systemRandom,
} from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { type RequestRecord, recordRequests } from '@sortie/testing'

export interface MeasuredCluster {
  readonly client: Client
  /** By part: operator, scheduler, fleet. */
  readonly requests: Readonly<Record<'operator' | 'scheduler' | 'fleet', RequestRecord[]>>
  stop(): Promise<void>
}

export async function startMeasuredCluster(fleet: FleetSpec): Promise<MeasuredCluster> {
  const base = { clock: systemClock(), random: systemRandom(), log: silentLogger }
  const server = createApiServer(base)
  await server.start()
  const part = (name: string) => {
    const user = { name, groups: ['system:masters', 'system:authenticated'] }
    const { transport, requests } = recordRequests(server.transport(user))
    return {
      requests,
      deps: { ...base, client: createClient(transport, { ...base, fieldManager: name }) },
    }
  }
  const [operator, scheduler, planes] = [part('operator'), part('scheduler'), part('fleet')]
  const { client } = part('bench').deps
  const definitions = client.resource(CUSTOM_RESOURCE_DEFINITIONS)
  for (const definition of customResourceDefinitions()) await definitions.create(definition)
  const stop = new AbortController()
  const running = runAll(
    [
      createFleet({ ...planes.deps, fleet }),
      createScheduler(scheduler.deps),
      createOperator(operator.deps),
    ],
    stop.signal,
  )
  return {
    client,
    requests: {
      operator: operator.requests,
      scheduler: scheduler.requests,
      fleet: planes.requests,
    },
    async stop() {
      stop.abort()
      await running
      await server.stop()
    },
  }
}

/** Creates the mission and resolves when it has ended. Returns it and the seconds that it took. */
export async function flyMission(
  client: Client,
  mission: KubeObject,
): Promise<{ readonly mission: Mission; readonly seconds: number }> {
  const missions = client.resource<Mission>(MISSIONS)
  const { name = '' } = mission.metadata
  const ended = Promise.withResolvers<Mission>()
  const stream = await missions.watch(
    { namespace: 'default', fieldSelector: `metadata.name=${name}`, resourceVersion: '0' },
    {
      onEvent({ object }) {
        const held = object as Mission
        if (held.status?.completionTime !== undefined) ended.resolve(held)
      },
      onEnd: (error) => ended.reject(error ?? new Error('the watch ended')),
    },
  )
  const started = performance.now()
  await missions.create(mission as Mission)
  const result = await ended.promise
  const seconds = (performance.now() - started) / 1000
  stream.close()
  return { mission: result, seconds }
}
