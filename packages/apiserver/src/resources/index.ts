/** The resources that every server has. */
import { ADMISSION_RESOURCES } from '../admission/resources.ts'
import { RBAC_RESOURCES } from '../rbac/resources.ts'
import type { ResourceDefinition } from '../registry/definition.ts'
import { CUSTOM_RESOURCES } from './customresources.ts'
import { defineResource } from './define.ts'
import { EVENT_RESOURCE, EVENT_VIEW_RESOURCE } from './events.ts'
import { METRICS_RESOURCES } from './metrics.ts'
import { NAMESPACE_RESOURCE } from './namespaces.ts'
import { NODE_RESOURCE } from './nodes.ts'
import { POD_RESOURCE } from './pods/strategy.ts'
import { REVIEW_RESOURCES } from './reviews.ts'
import { STORED_RESOURCES } from './stored.ts'

/** A Binding is never kept: posting one binds its pod. */
const BINDING_RESOURCE = defineResource({
  group: '',
  plural: 'bindings',
  kind: 'Binding',
  verbs: ['create'],
})

export const BUILT_IN_RESOURCES: readonly ResourceDefinition[] = [
  BINDING_RESOURCE,
  NAMESPACE_RESOURCE,
  NODE_RESOURCE,
  POD_RESOURCE,
  EVENT_RESOURCE,
  ...STORED_RESOURCES,
  ...RBAC_RESOURCES,
  ...ADMISSION_RESOURCES,
  EVENT_VIEW_RESOURCE,
  ...REVIEW_RESOURCES,
  CUSTOM_RESOURCES,
  ...METRICS_RESOURCES,
]
