/** Finds the resource that serves a kind, by asking the API server. */
import type { Client } from '@sortie/client'
import { isNotFound, type KubeObject, type ResourceType } from '@sortie/machinery'
import { CommandError, EXIT } from '../environment.ts'

interface ApiResourceList {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
  }[]
}

export interface Discovery {
  /** @throws CommandError where the server knows no such kind */
  resourceOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<ResourceType>
  /** Forgets what the server said, after CRDs were applied. */
  reset(): void
}

export function createDiscovery(client: Client): Discovery {
  const lists = new Map<string, Promise<ApiResourceList>>()
  const load = (apiVersion: string): Promise<ApiResourceList> => {
    const held = lists.get(apiVersion)
    if (held !== undefined) return held
    const loading = loadGroupVersion(client, apiVersion)
    lists.set(apiVersion, loading)
    return loading
  }
  return {
    reset: () => lists.clear(),
    async resourceOf({ apiVersion, kind }) {
      const { resources = [] } = await load(apiVersion)
      const found = resources.find((resource) => resource.kind === kind && !isSubresource(resource))
      if (found === undefined) throw unknownKind(apiVersion, kind)
      const [version = '', group = ''] = apiVersion.split('/').reverse()
      return { group, version, plural: found.name, kind, namespaced: found.namespaced }
    },
  }
}

function isSubresource({ name }: { readonly name: string }): boolean {
  return name.includes('/')
}

async function loadGroupVersion(client: Client, apiVersion: string): Promise<ApiResourceList> {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  try {
    const { body } = await client.raw({ method: 'GET', path })
    return body as ApiResourceList
  } catch (error) {
    if (isNotFound(error)) return {}
    throw error
  }
}

function unknownKind(apiVersion: string, kind: string): CommandError {
  const hint = apiVersion.startsWith('airforce.airforce.mil/')
    ? ': are the CRDs installed (`sortie crds | kubectl apply --server-side -f -`)?'
    : ''
  return new CommandError(
    `no matches for kind "${kind}" in version "${apiVersion}"${hint}`,
    EXIT.refused,
  )
}
