/** The rules of namespaces. What is in them goes when they are deleted: see controllers/. */
import { forbiddenObject } from '../registry/failures.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { defineResource } from './define.ts'
import { objectOf } from './pods/fields.ts'

const NAMES = { group: '', plural: 'namespaces' }
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])
const NAME_LABEL = 'kubernetes.io/metadata.name'

/** The namespaces that every server has from the start. */
export const INITIAL_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

export const NAMESPACE_RESOURCE = defineResource({
  group: '',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: true,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  selectableFields: ['status.phase'],
  strategy: {
    nameFormat: 'label',
    returnsDeleted: true,
    prepareCreate: (namespace) => ({
      ...namespace,
      spec: { ...objectOf(namespace, 'spec'), finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }),
    prepareUpdate: ({ object, old }) => ({ ...object, spec: old['spec'] }),
    defaults: withNameLabel,
    admitDelete: refuseImmortal,
    prepareDelete: (namespace) => ({
      ...namespace,
      status: { ...objectOf(namespace, 'status'), phase: 'Terminating' },
    }),
    isHeld: (namespace) => finalizersOf(namespace).length > 0,
  },
})

function withNameLabel(namespace: ApiObject): ApiObject {
  const { name, labels } = namespace.metadata
  if (name === undefined || labels?.[NAME_LABEL] === name) return namespace
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { ...labels, [NAME_LABEL]: name } },
  }
}

/** What keeps a deleted namespace: `kubernetes` until its content is gone. */
export function finalizersOf(namespace: ApiObject): readonly string[] {
  const { finalizers } = objectOf(namespace, 'spec')
  return Array.isArray(finalizers) ? finalizers : []
}

function refuseImmortal({ metadata: { name } }: StoredObject): void {
  if (IMMORTAL.has(name)) throw forbiddenObject(NAMES, name, 'this namespace may not be deleted')
}
