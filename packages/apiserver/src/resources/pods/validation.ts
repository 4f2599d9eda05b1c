/** What makes a pod invalid: the rules that matter to whoever writes pods here, in the API server's words. */
import { dnsLabelErrors, isJsonObject, labelKeyErrors, labelValueErrors } from '@sortie/machinery'
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../schema/fielderror.ts'
import type { ApiObject } from '../../store/index.ts'
import { type Fields, listOf, textOf } from './fields.ts'
import { validateResources } from './resources.ts'

/** What is wrong with a pod. */
export function validatePod(pod: ApiObject): readonly FieldError[] {
  const { spec } = pod
  return validatePodSpec(isJsonObject(spec) ? spec : {}, 'spec')
}

/** @param at path of the spec, as `spec` or `spec.template.spec` */
export function validatePodSpec(spec: Fields, at: string): readonly FieldError[] {
  const volumes = listOf(spec, 'volumes')
  const containers = listOf(spec, 'containers')
  const errors: FieldError[] = [...volumeErrors(volumes, `${at}.volumes`)]
  if (containers.length === 0) errors.push(required(`${at}.containers`))
  const scope: Scope = {
    volumes: new Set(volumes.map((volume) => textOf(volume, 'name'))),
    names: new Set(),
  }
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of listOf(spec, list).entries()) {
      errors.push(...containerErrors(container, `${at}.${list}[${index}]`, scope))
    }
  }
  errors.push(
    ...choice(spec, 'restartPolicy', { at, values: ['Always', 'OnFailure', 'Never'] }),
    ...choice(spec, 'dnsPolicy', {
      at,
      values: ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
    }),
    ...numberErrors(spec, at),
    ...placementErrors(spec, at),
    ...tolerationErrors(listOf(spec, 'tolerations'), `${at}.tolerations`),
  )
  return errors
}

function placementErrors(spec: Fields, at: string): readonly FieldError[] {
  const hostname = textOf(spec, 'hostname')
  const errors = (hostname === '' ? [] : dnsLabelErrors(hostname)).map((problem) =>
    invalid(`${at}.hostname`, hostname, problem),
  )
  const { nodeSelector } = spec
  if (!isJsonObject(nodeSelector)) return errors
  for (const [key, value] of Object.entries(nodeSelector)) {
    const text = String(value)
    errors.push(
      ...labelKeyErrors(key).map((why) => invalid(`${at}.nodeSelector`, key, why)),
      ...labelValueErrors(text).map((why) => invalid(`${at}.nodeSelector`, text, why)),
    )
  }
  return errors
}

interface Scope {
  /** The pod's volumes, by name. */
  readonly volumes: ReadonlySet<string>
  /** The names that containers have so far. */
  readonly names: Set<string>
}

function containerErrors(container: Fields, at: string, scope: Scope): readonly FieldError[] {
  const name = textOf(container, 'name')
  const errors: FieldError[] = [...nameErrors(name, `${at}.name`)]
  if (scope.names.has(name)) errors.push(duplicate(`${at}.name`, name))
  scope.names.add(name)
  const image = textOf(container, 'image')
  if (image === '') errors.push(required(`${at}.image`))
  else if (image.trim() !== image) {
    errors.push(invalid(`${at}.image`, image, 'must not have leading or trailing whitespace'))
  }
  errors.push(
    ...choice(container, 'imagePullPolicy', { at, values: ['Always', 'IfNotPresent', 'Never'] }),
    ...portErrors(listOf(container, 'ports'), `${at}.ports`),
    ...envErrors(listOf(container, 'env'), `${at}.env`),
    ...mountErrors(listOf(container, 'volumeMounts'), `${at}.volumeMounts`, scope.volumes),
    ...validateResources(container['resources'], `${at}.resources`),
  )
  return errors
}

function nameErrors(name: string, at: string): readonly FieldError[] {
  if (name === '') return [required(at)]
  return dnsLabelErrors(name).map((problem) => invalid(at, name, problem))
}

function choice(
  fields: Fields,
  key: string,
  { at, values }: { readonly at: string; readonly values: readonly string[] },
): readonly FieldError[] {
  const value = fields[key]
  if (value === undefined || values.includes(String(value))) return []
  return [notSupported(`${at}.${key}`, value, [...values].sort())]
}

function portErrors(ports: readonly Fields[], at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const number = port['containerPort']
    if (number === undefined) errors.push(required(`${at}[${index}].containerPort`))
    else if (!isPort(number)) {
      const rule = 'must be between 1 and 65535, inclusive'
      errors.push(invalid(`${at}[${index}].containerPort`, number, rule))
    }
    const name = textOf(port, 'name')
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}[${index}].name`, name))
    names.add(name)
    const values = ['SCTP', 'TCP', 'UDP']
    errors.push(...choice(port, 'protocol', { at: `${at}[${index}]`, values }))
  }
  return errors
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}

function envErrors(env: readonly Fields[], at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [index, variable] of env.entries()) {
    const name = textOf(variable, 'name')
    if (name === '') errors.push(required(`${at}[${index}].name`))
    else if (/[=\u0000-\u001f]/.test(name)) {
      const rule = `a valid environment variable name must consist only of printable ASCII characters other than '='`
      errors.push(invalid(`${at}[${index}].name`, name, rule))
    }
    const value = variable['value']
    if (value !== undefined && value !== '' && isJsonObject(variable['valueFrom'])) {
      const rule = 'may not be specified when `value` is not empty'
      errors.push(invalid(`${at}[${index}].valueFrom`, '', rule))
    }
  }
  return errors
}

function mountErrors(
  mounts: readonly Fields[],
  at: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const paths = new Set<string>()
  for (const [index, mount] of mounts.entries()) {
    const name = textOf(mount, 'name')
    const path = textOf(mount, 'mountPath')
    if (name === '') errors.push(required(`${at}[${index}].name`))
    else if (!volumes.has(name)) errors.push(notFoundValue(`${at}[${index}].name`, name))
    if (path === '') errors.push(required(`${at}[${index}].mountPath`))
    else if (paths.has(path)) {
      errors.push(invalid(`${at}[${index}].mountPath`, path, 'must be unique'))
    }
    paths.add(path)
  }
  return errors
}

function notFoundValue(field: string, value: string): FieldError {
  return { type: 'FieldValueNotFound', field, detail: '', badValue: value }
}

function volumeErrors(volumes: readonly Fields[], at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [index, volume] of volumes.entries()) {
    const name = textOf(volume, 'name')
    errors.push(...nameErrors(name, `${at}[${index}].name`))
    if (names.has(name)) errors.push(duplicate(`${at}[${index}].name`, name))
    names.add(name)
    if (Object.values(volume).filter(isJsonObject).length > 1) {
      const second = Object.keys(volume).filter((key) => isJsonObject(volume[key]))[1] ?? ''
      const detail = 'may not specify more than 1 volume type'
      errors.push({ type: 'FieldValueForbidden', field: `${at}[${index}].${second}`, detail })
    }
  }
  return errors
}

function numberErrors(spec: Fields, at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const grace = spec['terminationGracePeriodSeconds']
  if (typeof grace === 'number' && grace < 0) {
    const field = `${at}.terminationGracePeriodSeconds`
    errors.push(invalid(field, grace, 'must be greater than or equal to 0'))
  }
  const deadline = spec['activeDeadlineSeconds']
  if (typeof deadline === 'number' && (deadline < 1 || deadline > 2_147_483_647)) {
    const rule = 'must be between 1 and 2147483647, inclusive'
    errors.push(invalid(`${at}.activeDeadlineSeconds`, deadline, rule))
  }
  return errors
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function tolerationErrors(tolerations: readonly Fields[], at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [index, toleration] of tolerations.entries()) {
    const where = `${at}[${index}]`
    const operator = textOf(toleration, 'operator')
    if (textOf(toleration, 'key') === '' && operator !== 'Exists') {
      const rule =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      errors.push(invalid(`${where}.operator`, operator, rule))
    }
    const values = ['', 'Equal', 'Exists']
    errors.push(...choice(toleration, 'operator', { at: where, values }))
    if (operator === 'Exists' && textOf(toleration, 'value') !== '') {
      const rule = "value must be empty when `operator` is 'Exists'"
      errors.push(invalid(`${where}.operator`, toleration['value'], rule))
    }
    errors.push(...choice(toleration, 'effect', { at: where, values: ['', ...EFFECTS] }))
  }
  return errors
}
