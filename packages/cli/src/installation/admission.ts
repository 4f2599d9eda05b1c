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

/** One place of the tree with its own check, for the message of a refusal. */
export interface Finding {
  /** True where this place, without what is below it, is as it may be. */
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

/** The whole tree as one expression, so that each field of an object is looked at once. */
export function checkOf(allowed: Allowed, value: string, depth = 0): string {
  if (allowed === 'any') return 'true'
  if ('only' in allowed) return `${value} in ${cel(allowed.only)}`
  if ('items' in allowed) {
    const item = `i${depth}`
    const check = checkOf(allowed.items, item, depth + 1)
    return check === 'true' ? 'true' : `${value}.all(${item}, ${check})`
  }
  const children = Object.entries(allowed.fields).flatMap(([name, child]) => {
    const field = `${value}.${name}`
    const check = checkOf(child, field, depth)
    return check === 'true' ? [] : [`(!has(${field}) || ${field} == null || (${check}))`]
  })
  return [`${value}.all(k, k in ${cel(Object.keys(allowed.fields))})`, ...children].join(' && ')
}

/** Every place of the tree with what may be there. */
export function findingsOf(allowed: Allowed, place: Place, depth = 0): readonly Finding[] {
  const { value, path, wrap } = place
  if (allowed === 'any') return []
  if ('only' in allowed) {
    const right = allowed.only.filter((choice) => choice !== '').map(String)
    const message = `${path}: must be ${right.join(' or ')} in a task`
    return [{ expression: wrap(`${value} in ${cel(allowed.only)}`), message }]
  }
  if ('items' in allowed) {
    const item = `i${depth}`
    const inner = (check: string): string => wrap(`${value}.all(${item}, ${check})`)
    return findingsOf(allowed.items, { value: item, path: `${path}[]`, wrap: inner }, depth + 1)
  }
  const known = Object.keys(allowed.fields)
  return [
    {
      expression: wrap(`${value}.all(k, k in ${cel(known)})`),
      message: `${path}: a field that a task may not have; allowed are ${known.join(', ')}`,
    },
    ...Object.entries(allowed.fields).flatMap(([name, child]) => {
      const field = `${value}.${name}`
      const guarded = (check: string): string =>
        wrap(`!has(${field}) || ${field} == null || ${check}`)
      return findingsOf(child, { value: field, path: `${path}.${name}`, wrap: guarded }, depth)
    }),
  ]
}

interface Rules {
  readonly variables: readonly { readonly name: string; readonly expression: string }[]
  readonly validation: object
}

/**
 * A validation whose message names the place. Variables are evaluated only when they are asked for: the places are looked through
 * after a refusal, never before.
 */
function rulesOf(name: string, allowed: Allowed, place: Place): Rules {
  const variables = findingsOf(allowed, place).map(({ expression, message }, index) => ({
    name: `${name}${index}`,
    expression: `(${expression}) ? '' : '${message}'`,
  }))
  const list = variables.map((variable) => `variables.${variable.name}`).join(', ')
  const message = `${place.path}: says what a task may not say (docs/how-to/install.md)`
  const validation = {
    expression: place.wrap(checkOf(allowed, place.value)),
    message,
    messageExpression: `[${list}, '${message}'].filter(m, m != '')[0]`,
  }
  return { variables, validation }
}

/** Parts of a podTemplate that are checked apart, since the cost of one expression is limited. */
const APART = ['containers', 'initContainers', 'volumes']

function templateRules(template: Place): readonly Rules[] {
  const spec = fieldsOf(descend(DEFAULT_ALLOWED, 'spec'))
  const rest = Object.entries(spec).map(([name, child]): [string, Allowed] => [
    name,
    APART.includes(name) ? 'any' : child,
  ])
  const whole = { ...fieldsOf(DEFAULT_ALLOWED), spec: { fields: Object.fromEntries(rest) } }
  return [
    rulesOf('pod', { fields: whole }, template),
    ...APART.map((name) => {
      const above = `${template.value}.spec`
      const value = `${above}.${name}`
      const absent = `!has(${above}) || ${above} == null || !has(${value}) || ${value} == null`
      const wrap = (check: string): string => template.wrap(`${absent} || ${check}`)
      return rulesOf(name, spec[name] ?? 'any', {
        value,
        path: `${template.path}.spec.${name}`,
        wrap,
      })
    }),
  ]
}

function fieldsOf(allowed: Allowed): Readonly<Record<string, Allowed>> {
  return allowed !== 'any' && 'fields' in allowed ? allowed.fields : {}
}

function cel(values: readonly unknown[]): string {
  const words = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  return `[${words.join(', ')}]`
}

/** Labels and annotations with our prefixes, and the toleration of a quarantine. */
function reservedValidations({ value, wrap }: Place): readonly Finding[] {
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

function weaponRules(): readonly Rules[] {
  return weaponPlaces().map(([name, allowed]) => {
    const value = `object.spec.container.${name}`
    const wrap = (check: string): string =>
      `!has(object.spec.container) || !has(${value}) || ${value} == null || ${check}`
    return rulesOf(name, allowed, { value, path: `spec.container.${name}`, wrap })
  })
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
  const rules = templateRules(template)
  const templates = Object.entries(TEMPLATES).flatMap(([resource, expression]) =>
    policy(`${prefix}-podtemplates-${resource}`, resource, {
      matchConditions: [
        notTheOperator(settings),
        ...(resource === 'missions' ? [NOT_TOO_LARGE] : []),
      ],
      variables: [
        { name: 'templates', expression },
        ...rules.flatMap(({ variables }) => variables),
      ],
      validations: [...rules.map(({ validation }) => validation), ...reservedValidations(template)],
    }),
  )
  const weapons = weaponRules()
  return [
    ...templates,
    ...policy(`${prefix}-weapons`, 'weapons', {
      variables: weapons.flatMap(({ variables }) => variables),
      validations: weapons.map(({ validation }) => validation),
    }),
  ]
}

/**
 * The server limits what a policy may cost, and would refuse a mission of more than about 1,500 written-out podTemplates whatever
 * they say. Such a one is checked by the operator alone.
 */
const NOT_TOO_LARGE = {
  name: 'not-too-large',
  expression:
    '!has(object.spec.stages) || object.spec.stages.map(s, has(s.flightTasks) ? size(s.flightTasks) : 0).sum() <= 500',
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
