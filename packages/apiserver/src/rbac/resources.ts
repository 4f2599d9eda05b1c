/** Roles and bindings as resources: who may write them, and what they must look like. */
import { deepEqual } from '@sortie/machinery'
import type { ResourceDefinition, Strategy } from '../registry/definition.ts'
import { defineResource } from '../resources/define.ts'
import { invalid } from '../schema/fielderror.ts'
import { checkBinding, checkNewRole, checkRoleUpdate, onlyReleases } from './escalation.ts'
import { RBAC_GROUP } from './model.ts'
import { bindingErrors, defaultBinding, roleErrors } from './validation.ts'

function roleStrategy(plural: string, namespaced: boolean): Strategy {
  return {
    nameFormat: 'path',
    admit(object, context) {
      checkNewRole(plural, object, context)
      return object
    },
    prepareUpdate(update, context) {
      const { object, old } = update
      if (!onlyReleases(object, old)) checkRoleUpdate(plural, update, context)
      return object
    },
    validate: (object) => roleErrors(object, namespaced),
  }
}

/** A binding gives other subjects the same role, never the same subjects another one. */
function bindingStrategy(plural: string, namespaced: boolean): Strategy {
  return {
    nameFormat: 'path',
    admit(object, context) {
      const given = defaultBinding(object)
      checkBinding(plural, { object: given, requestName: '' }, context)
      return given
    },
    prepareUpdate({ object, old }, context) {
      const given = defaultBinding(object)
      if (onlyReleases(given, old)) return given
      checkBinding(plural, { object: given, requestName: old.metadata.name }, context)
      return given
    },
    validate: (object) => bindingErrors(object, namespaced),
    validateUpdate: ({ object, old }) =>
      deepEqual(object['roleRef'], old['roleRef'])
        ? []
        : [invalid('roleRef', object['roleRef'], 'cannot change roleRef')],
  }
}

const define = (plural: string, kind: string, namespaced: boolean): ResourceDefinition =>
  defineResource({
    group: RBAC_GROUP,
    plural,
    kind,
    namespaced,
    strategy: kind.endsWith('Binding')
      ? bindingStrategy(plural, namespaced)
      : roleStrategy(plural, namespaced),
  })

export const RBAC_RESOURCES: readonly ResourceDefinition[] = [
  define('clusterroles', 'ClusterRole', false),
  define('clusterrolebindings', 'ClusterRoleBinding', false),
  define('roles', 'Role', true),
  define('rolebindings', 'RoleBinding', true),
]
