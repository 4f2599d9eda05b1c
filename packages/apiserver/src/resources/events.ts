/** Events: one storage, seen as core/v1 and as events.k8s.io/v1. */
import { labelKeyErrors } from '@sortie/machinery'
import type { Strategy } from '../registry/definition.ts'
import { type FieldError, invalid, required } from '../schema/fielderror.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { defineResource } from './define.ts'
import { objectOf, textOf } from './pods/fields.ts'

const REFERENCE_FIELDS = [
  'kind',
  'namespace',
  'name',
  'uid',
  'apiVersion',
  'resourceVersion',
  'fieldPath',
] as const

const strategy: Strategy = {
  createsOnUpdate: true,
  defaults: withEmptyFields,
  validate: namespaceErrors,
  fields: (event) => {
    const { component } = objectOf(event, 'source')
    return {
      source: typeof component === 'string' ? component : textOf(event, 'reportingComponent'),
    }
  },
}

export const EVENT_RESOURCE = defineResource({
  group: '',
  plural: 'events',
  kind: 'Event',
  shortNames: ['ev'],
  selectableFields: [
    ...REFERENCE_FIELDS.map((field) => `involvedObject.${field}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  strategy,
})

/** Field selectors of events.k8s.io name the fields as that version does. */
const VIEW_FIELDS: readonly (readonly [string, string])[] = [
  ...REFERENCE_FIELDS.map((field) => [`regarding.${field}`, field] as const),
]

export const EVENT_VIEW_RESOURCE = defineResource({
  group: 'events.k8s.io',
  plural: 'events',
  kind: 'Event',
  shortNames: ['ev'],
  storage: 'events',
  storageVersion: 'v1',
  versions: [{ version: 'v1', toStorage: toCore, fromStorage: fromCore }],
  selectableFields: [
    ...VIEW_FIELDS.map(([field]) => field),
    'reason',
    'reportingController',
    'type',
  ],
  strategy: {
    ...strategy,
    validate: (event) => [...namespaceErrors(event), ...seriesErrors(event)],
    fields: (event) => ({
      ...Object.fromEntries(
        VIEW_FIELDS.map(([field, name]) => [
          field,
          textOf(objectOf(event, 'involvedObject'), name),
        ]),
      ),
      reportingController: textOf(event, 'reportingComponent'),
    }),
  },
})

const EMPTY = {
  involvedObject: {},
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: '',
  reportingInstance: '',
}

/** The fields that an event always shows. */
function withEmptyFields(event: ApiObject): ApiObject {
  const missing = Object.keys(EMPTY).some((key) => event[key] === undefined)
  return missing ? { ...event, ...EMPTY, ...defined(event) } : event
}

function defined(event: ApiObject): ApiObject {
  return Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== undefined),
  ) as unknown as ApiObject
}

/** An event lies where its object does; those of cluster-wide objects in `default`. */
function namespaceErrors(event: ApiObject): readonly FieldError[] {
  const about = textOf(objectOf(event, 'involvedObject'), 'namespace')
  const { namespace = '' } = event.metadata
  const expected = about === '' ? ['default', 'kube-system', ''] : [about]
  if (expected.includes(namespace)) return []
  return [invalid('involvedObject.namespace', about, 'does not match event.namespace')]
}

/** What only events of the new form must have. */
function seriesErrors(event: ApiObject): readonly FieldError[] {
  const errors: FieldError[] = []
  if (event['eventTime'] === null) errors.push(required('eventTime'))
  for (const field of ['reportingComponent', 'reportingInstance', 'action', 'reason'] as const) {
    const name = field === 'reportingComponent' ? 'reportingController' : field
    const text = textOf(event, field)
    if (text === '') errors.push(required(name))
    if (field === 'reportingComponent') {
      errors.push(...labelKeyErrors(text).map((why) => invalid(name, text, why)))
    }
  }
  return errors
}

/** Names of the same field in core/v1 and in events.k8s.io/v1. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
]
const TO_CORE = new Map(RENAMED.map(([core, view]) => [view, core]))
const FROM_CORE = new Map(RENAMED)

function rename(
  event: ApiObject,
  names: ReadonlyMap<string, string>,
  apiVersion: string,
): ApiObject {
  const renamed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(event)) renamed[names.get(key) ?? key] = value
  return { ...renamed, apiVersion } as unknown as ApiObject
}

function toCore(event: ApiObject): ApiObject {
  return rename(event, TO_CORE, 'v1')
}

const views = new WeakMap<StoredObject, StoredObject>()

function fromCore(event: StoredObject): StoredObject {
  const known = views.get(event)
  if (known !== undefined) return known
  const view = rename(event, FROM_CORE, 'events.k8s.io/v1') as StoredObject
  views.set(event, view)
  return view
}
