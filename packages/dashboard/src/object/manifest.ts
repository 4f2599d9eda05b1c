/** Objects as people read and write them. Pure. */
import type { KubeObject } from '@sortie/machinery'
import { stringify } from 'yaml'

/** Without what machines keep for themselves. */
export function readable(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & {
    managedFields?: unknown
  }
  return { ...object, metadata }
}

/** As a new object of another name: nothing that an API server gave it is left. */
export function asCopy(object: KubeObject, name: string): KubeObject {
  const { labels, annotations = {}, namespace } = object.metadata
  const own = Object.fromEntries(
    Object.entries(annotations).filter(
      ([key]) =>
        !key.startsWith('kubectl.kubernetes.io/') && !key.includes('airforce.airforce.mil/'),
    ),
  )
  const {
    status: _,
    spec,
    ...rest
  } = object as KubeObject & { status?: unknown; spec?: Record<string, unknown> }
  const { cancel: _cancel, ...asked } = spec ?? {}
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(own).length === 0 ? {} : { annotations: own }),
    },
    spec: asked,
  } as KubeObject
}

/** YAML with two spaces, long lines left whole. */
export function toYaml(object: unknown): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
}
