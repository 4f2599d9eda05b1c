/** Deployments as an installation on a server has them. */
import type { Client } from '@sortie/client'
import { isNotFound, type KubeObject, type ResourceType } from '@sortie/machinery'

const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}

/** What is read of a Deployment. */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] }
    }
  }
  readonly status?: { readonly availableReplicas?: number }
}

/** Undefined where there is none. @throws ApiStatusError for every other refusal */
export async function readDeployment(
  client: Client,
  ref: { readonly namespace: string; readonly name: string },
): Promise<Deployment | undefined> {
  try {
    return (await client.resource<Deployment>(DEPLOYMENTS).get(ref)) as Deployment
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
