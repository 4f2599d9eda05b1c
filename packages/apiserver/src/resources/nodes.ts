/** The rules of nodes. */
import { isJsonObject } from '@sortie/machinery'
import { type FieldError, invalid, notSupported, required } from '../schema/fielderror.ts'
import type { ApiObject } from '../store/index.ts'
import { defineResource } from './define.ts'
import { listOf, objectOf, textOf } from './pods/fields.ts'

export const NODE_RESOURCE = defineResource({
  group: '',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  hasStatus: true,
  selectableFields: ['spec.unschedulable'],
  strategy: {
    // A kubelet registers its node with the status, so that it is kept.
    prepareCreate: (node) => withSpec(node),
    prepareUpdate: ({ object }) => withSpec(object),
    validate: (node) => taintErrors(node),
    fields: (node) => ({
      'spec.unschedulable': String(objectOf(node, 'spec')['unschedulable'] === true),
    }),
  },
})

function withSpec(node: ApiObject): ApiObject {
  return isJsonObject(node['spec']) ? node : { ...node, spec: {} }
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function taintErrors(node: ApiObject): readonly FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, taint] of listOf(objectOf(node, 'spec'), 'taints').entries()) {
    const at = `metadata.taints[${index}]`
    const [key, effect] = [textOf(taint, 'key'), textOf(taint, 'effect')]
    if (key === '') errors.push(required(`${at}.key`))
    if (!EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS))
    if (seen.has(`${key}:${effect}`)) {
      const rule = 'taints must be unique by key and effect pair'
      errors.push(invalid(at, taint, rule))
    }
    seen.add(`${key}:${effect}`)
  }
  return errors
}
