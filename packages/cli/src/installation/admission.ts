/**
 * ValidatingAdmissionPolicies: the allow-list of what a task's pod may say, as CEL, so that `kubectl apply` is refused at once and
 * not by the controller a moment later. The controller's check stays the one that counts.
 */
import {
  type Allowed,
  DEFAULT_ALLOWED,
  GROUP,
  RESERVED_PREFIXES,
  TAINTS,
  VERSION,
} from '@sortie/api'
import { type InstallationSettings, labelsOf, type Manifest, nameOf } from './manifest.ts'

const ADMISSION = 'admissionregistration.k8s.io/v1'

/** Namespaces with this label are left to the operator's own check, which knows its podPolicy. */
export const POD_POLICY_LABEL = { key: `${GROUP}/pod-policy`, value: 'operator' } as const

export interface Validation {
  readonly expression: string
  readonly message: string
}

interface Place {
  /** CEL expression of the value. */
  readonly value: string
  /** The path, as a message shows it. */
  readonly path: string
  /** Puts a check of the value into the quantifiers and guards that lead to it. */
  wrap(check: string): string
}

/** A validation for every object of the tree, named by its path. */
export function validationsOf(allowed: Allowed, place: Place, depth = 0): readonly Validation[] {
  if (allowed === 'any' || 'only' in allowed) return []
  if ('items' in allowed) {
    const item = `i${depth}`
    const wrap = (check: string): string => place.wrap(`${place.value}.all(${item}, ${check})`)
    return validationsOf(allowed.items, { value: item, path: `${place.path}[]`, wrap }, depth + 1)
  }
  const { value, path, wrap } = place
  const fields = Object.entries(allowed.fields)
  const known = fields.map(([name]) => name)
  return [
    {
      expression: wrap(`${value}.all(k, k in ${cel(known)})`),
      message: `${path}: a field that a task may not have; allowed are ${known.join(', ')}`,
    },
    ...fields.flatMap(([name, child]) => {
      const field = { value: `${value}.${name}`, path: `${path}.${name}` }
      const guarded = (check: string): string =>
        wrap(`!has(${field.value}) || ${field.value} == null || ${check}`)
      if (child !== 'any' && 'only' in child) return [onlyValidation(child.only, field, guarded)]
      return validationsOf(child, { ...field, wrap: guarded }, depth)
    }),
  ]
}

function onlyValidation(
  values: readonly unknown[],
  { value, path }: Pick<Place, 'value' | 'path'>,
  wrap: Place['wrap'],
): Validation {
  const right = values.filter((choice) => choice !== '').map(String)
  return {
    expression: wrap(`${value} in ${cel(values)}`),
    message: `${path}: must be ${right.join(' or ')} in a task`,
  }
}

function cel(values: readonly unknown[]): string {
  const words = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  return `[${words.join(', ')}]`
}

/** Labels and annotations with our prefixes, and the toleration of a quarantine. */
function reservedValidations({ value, wrap }: Place): readonly Validation[] {
  const prefixes = RESERVED_PREFIXES.map((prefix) => `!k.startsWith('${prefix}')`).join(' && ')
  const keys = (['labels', 'annotations'] as const).map((field) => {
    const map = `${value}.metadata.${field}`
    return {
      expression: wrap(
        `!has(${value}.metadata) || !has(${map}) || ${map} == null || ${map}.all(k, ${prefixes})`,
      ),
      message: `podTemplate.metadata.${field}: keys of ${RESERVED_PREFIXES.join(' and ')} are Sortie's own`,
    }
  })
  const list = `${value}.spec.tolerations`
  const tolerated = `${list}.all(t, !has(t.key) || t.key != '${TAINTS.quarantine}')`
  return [
    ...keys,
    {
      expression: wrap(`!has(${value}.spec) || !has(${list}) || ${list} == null || ${tolerated}`),
      message: `podTemplate.spec.tolerations: ${TAINTS.quarantine} cannot be tolerated`,
    },
  ]
}

/** The podTemplates of an object, by kind, as CEL that gives a list of lists of them. */
const TEMPLATES: Readonly<Record<string, string>> = {
  missions: `has(object.spec.stages) ? object.spec.stages.map(s, has(s.flightTasks) ? ${templatesIn('s.flightTasks')} : []) : []`,
  missionstages: `[has(object.spec.flightTasks) ? ${templatesIn('object.spec.flightTasks')} : []]`,
  flighttasks: '[has(object.spec.podTemplate) ? [object.spec.podTemplate] : []]',
}

function templatesIn(tasks: string): string {
  return `${tasks}.filter(t, has(t.podTemplate)).map(t, t.podTemplate)`
}

/** What of a container a weapon may say: its spec has these fields under the same names. */
function weaponPlaces(): readonly (readonly [string, Allowed])[] {
  const container = ['spec', 'containers', '[]'].reduce(descend, DEFAULT_ALLOWED)
  const names = ['env', 'volumeMounts', 'ports', 'livenessProbe', 'resources']
  return names.map((name) => [name, descend(container, name)])
}

function descend(allowed: Allowed, step: string): Allowed {
  if (allowed !== 'any' && 'items' in allowed && step === '[]') return allowed.items
  if (allowed !== 'any' && 'fields' in allowed) return allowed.fields[step] ?? 'any'
  return 'any'
}

/** The policies and their bindings. */
export function admissionPolicies(settings: InstallationSettings): readonly Manifest[] {
  const { prefix } = settings
  const template: Place = {
    value: 't',
    path: 'podTemplate',
    wrap: (check) => `variables.templates.all(g, g.all(t, ${check}))`,
  }
  const validations = [
    ...validationsOf(DEFAULT_ALLOWED, template),
    ...reservedValidations(template),
  ]
  const templates = Object.entries(TEMPLATES).flatMap(([resource, expression]) =>
    policy(`${prefix}-podtemplates-${resource}`, resource, {
      matchConditions: [notTheOperator(settings)],
      variables: [{ name: 'templates', expression }],
      validations,
    }),
  )
  const weapons = weaponPlaces().flatMap(([name, allowed]) => {
    const value = `object.spec.container.${name}`
    const wrap = (check: string): string =>
      `!has(object.spec.container) || !has(${value}) || ${value} == null || ${check}`
    return validationsOf(allowed, { value, path: `spec.container.${name}`, wrap })
  })
  return [...templates, ...policy(`${prefix}-weapons`, 'weapons', { validations: weapons })]
}

/** What the operator makes of a mission was checked with the mission, and is checked again by itself. */
function notTheOperator(settings: InstallationSettings) {
  const user = `system:serviceaccount:${settings.namespace}:${nameOf(settings, 'operator')}`
  return { name: 'not-the-operator', expression: `request.userInfo.username != '${user}'` }
}

function policy(name: string, resource: string, rules: object): readonly Manifest[] {
  const metadata = { name, labels: labelsOf() }
  const unlabelled = {
    key: POD_POLICY_LABEL.key,
    operator: 'NotIn',
    values: [POD_POLICY_LABEL.value],
  }
  const resourceRule = {
    apiGroups: [GROUP],
    apiVersions: [VERSION],
    operations: ['CREATE', 'UPDATE'],
    resources: [resource],
  }
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [resourceRule] },
        ...rules,
      },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchExpressions: [unlabelled] } },
      },
    },
  ]
}
