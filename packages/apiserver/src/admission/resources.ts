/** ValidatingAdmissionPolicies and their bindings as resources. */
import type { ResourceDefinition } from '../registry/definition.ts'
import { defineResource } from '../resources/define.ts'
import { compilePolicy } from './policy.ts'
import {
  bindingErrors,
  defaultBinding,
  defaultPolicy,
  inFieldOrder,
  policyErrors,
} from './validation.ts'

export const ADMISSION_GROUP = 'admissionregistration.k8s.io'

/** The store's names of the two kinds. */
export const POLICY_STORAGE = {
  policies: `${ADMISSION_GROUP}/validatingadmissionpolicies`,
  bindings: `${ADMISSION_GROUP}/validatingadmissionpolicybindings`,
} as const

export const ADMISSION_RESOURCES: readonly ResourceDefinition[] = [
  defineResource({
    group: ADMISSION_GROUP,
    plural: 'validatingadmissionpolicies',
    singular: 'validatingadmissionpolicy',
    kind: 'ValidatingAdmissionPolicy',
    listKind: 'ValidatingAdmissionPolicyList',
    namespaced: false,
    categories: ['api-extensions'],
    hasStatus: true,
    strategy: {
      generation: 'spec',
      defaults: defaultPolicy,
      validate: (policy) =>
        inFieldOrder([...policyErrors(policy), ...compilePolicy(policy).errors]),
    },
  }),
  defineResource({
    group: ADMISSION_GROUP,
    plural: 'validatingadmissionpolicybindings',
    singular: 'validatingadmissionpolicybinding',
    kind: 'ValidatingAdmissionPolicyBinding',
    listKind: 'ValidatingAdmissionPolicyBindingList',
    namespaced: false,
    categories: ['api-extensions'],
    strategy: { generation: 'spec', defaults: defaultBinding, validate: bindingErrors },
  }),
]
