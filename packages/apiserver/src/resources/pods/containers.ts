/** What makes a pod's containers invalid, in the API server's words. */
import { dnsLabelErrors, isJsonObject } from '@sortie/machinery'
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../schema/fielderror.ts'
import { type Fields, listOf, textOf } from './fields.ts'
import { validateResources } from './resources.ts'

/** What is wrong with all containers. @param volumes the names of the pod's volumes */
export function containersErrors(
  spec: Fields,
  at: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  const names = new Set<string>()
  const main = listOf(spec, 'containers')
  const errors: FieldError[] = main.length === 0 ? [required(`${at}.containers`)] : []
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of listOf(spec, list).entries()) {
      const where = `${at}.${list}[${index}]`
      const name = textOf(container, 'name')
      errors.push(...containerErrors(container, where, volumes))
      if (names.has(name)) errors.push(duplicate(`${where}.name`, name))
      if (name !== '' || list === 'containers') names.add(name)
      if (list === 'initContainers') errors.push(...sharedHostPorts([container], `${at}.${list}`))
    }
  }
  return [...errors, ...sharedHostPorts(main, `${at}.containers`)]
}

function containerErrors(
  container: Fields,
  at: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  return [
    ...nameErrors(textOf(container, 'name'), `${at}.name`),
    ...imageErrors(textOf(container, 'image'), `${at}.image`),
    ...choice(container, 'imagePullPolicy', { at, values: ['Always', 'IfNotPresent', 'Never'] }),
    ...choice(container, 'terminationMessagePolicy', {
      at,
      values: ['File', 'FallbackToLogsOnError'],
    }),
    ...portErrors(listOf(container, 'ports'), `${at}.ports`),
    ...envErrors(listOf(container, 'env'), `${at}.env`),
    ...mountErrors(listOf(container, 'volumeMounts'), `${at}.volumeMounts`, volumes),
    ...validateResources(container['resources'], `${at}.resources`),
  ]
}

/** What keeps a container or a volume from having the name. */
export function nameErrors(name: string, at: string): readonly FieldError[] {
  if (name === '') return [required(at)]
  return dnsLabelErrors(name).map((problem) => invalid(at, name, problem))
}

function imageErrors(image: string, at: string): readonly FieldError[] {
  if (image === '') return [required(at)]
  if (image.trim() === image) return []
  return [invalid(at, image, 'must not have leading or trailing whitespace')]
}

interface Choice {
  readonly at: string
  /** In the order in which the server names them. */
  readonly values: readonly string[]
}

/** One of the values; nothing is wrong with a field that is not there. */
export function choice(fields: Fields, key: string, { at, values }: Choice): readonly FieldError[] {
  const value = fields[key]
  if (value === undefined || values.includes(String(value))) return []
  return [notSupported(`${at}.${key}`, value, values)]
}

function portErrors(ports: readonly Fields[], at: string): readonly FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const where = `${at}[${index}]`
    const name = textOf(port, 'name')
    const problems = name === '' ? [] : portNameErrors(name)
    const errors = problems.map((problem) => invalid(`${where}.name`, name, problem))
    if (problems.length === 0 && name !== '') {
      if (names.has(name)) errors.push(duplicate(`${where}.name`, name))
      names.add(name)
    }
    return [
      ...errors,
      ...numberErrors(port['containerPort'] ?? 0, `${where}.containerPort`, true),
      ...numberErrors(port['hostPort'] ?? 0, `${where}.hostPort`, false),
      ...choice(port, 'protocol', { at: where, values: ['SCTP', 'TCP', 'UDP'] }),
    ]
  })
}

function numberErrors(port: unknown, at: string, isRequired: boolean): readonly FieldError[] {
  if (port === 0) return isRequired ? [required(at)] : []
  if (typeof port === 'number' && port >= 1 && port <= 65_535) return []
  return [invalid(at, port, 'must be between 1 and 65535, inclusive')]
}

function portNameErrors(name: string): string[] {
  const problems: string[] = []
  if (Buffer.byteLength(name) > 15) problems.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(name)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)')
  if (name.includes('--')) problems.push('must not contain consecutive hyphens')
  if (/^-|-$/.test(name)) problems.push('must not begin or end with a hyphen')
  return problems
}

/** One address of the node is for one port alone. */
function sharedHostPorts(containers: readonly Fields[], at: string): readonly FieldError[] {
  const seen = new Set<string>()
  return containers.flatMap((container, index) =>
    listOf(container, 'ports').flatMap((port, number) => {
      if ((port['hostPort'] ?? 0) === 0) return []
      const key = `${textOf(port, 'protocol')}/${textOf(port, 'hostIP')}/${port['hostPort']}`
      if (seen.has(key)) return [duplicate(`${at}[${index}].ports[${number}].hostPort`, key)]
      seen.add(key)
      return []
    }),
  )
}

const ENV_RULE = `a valid environment variable name must consist only of printable ASCII characters other than '='`

function envErrors(env: readonly Fields[], at: string): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [index, variable] of env.entries()) {
    const name = textOf(variable, 'name')
    if (name === '') errors.push(required(`${at}[${index}].name`))
    else if (!/^[ -<>-~]*$/.test(name)) {
      errors.push(invalid(`${at}[${index}].name`, name, ENV_RULE))
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
  const paths = new Set<string>()
  return mounts.flatMap((mount, index) => {
    const [name, path] = [textOf(mount, 'name'), textOf(mount, 'mountPath')]
    const where = `${at}[${index}]`
    const errors: FieldError[] = name === '' ? [required(`${where}.name`)] : []
    if (!volumes.has(name)) errors.push(notFoundValue(`${where}.name`, name))
    if (path === '') errors.push(required(`${where}.mountPath`))
    if (paths.has(path)) errors.push(invalid(`${where}.mountPath`, path, 'must be unique'))
    paths.add(path)
    return errors
  })
}

const notFoundValue = (field: string, value: string): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  detail: '',
  badValue: value,
})
