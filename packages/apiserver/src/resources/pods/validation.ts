/** What makes a pod invalid: the rules that matter to whoever writes pods here, in the API server's words. */
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  isJsonObject,
  labelKeyErrors,
  labelValueErrors,
} from '@sortie/machinery'
import { duplicate, type FieldError, invalid, notSupported } from '../../schema/fielderror.ts'
import { isIPv4, isIPv6 } from '../../schema/formats.ts'
import type { ApiObject } from '../../store/index.ts'
import { choice, containersErrors, nameErrors } from './containers.ts'
import { type Fields, listOf, objectOf, textOf, textsOf } from './fields.ts'

/** What is wrong with a pod. */
export function validatePod(pod: ApiObject): readonly FieldError[] {
  const spec = objectOf(pod, 'spec')
  const volumes = new Set<string>()
  const at = 'spec'
  return [
    ...volumeErrors(listOf(spec, 'volumes'), `${at}.volumes`, volumes),
    ...containersErrors(spec, at, volumes),
    ...networkErrors(spec, at),
    ...choice(spec, 'restartPolicy', { at, values: ['Always', 'OnFailure', 'Never'] }),
    ...choice(spec, 'dnsPolicy', {
      at,
      values: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
    }),
    ...deadlineErrors(spec, at),
    ...placementErrors(spec, at),
    ...gateErrors(listOf(spec, 'schedulingGates'), `${at}.schedulingGates`),
    ...tolerationErrors(listOf(spec, 'tolerations'), `${at}.tolerations`),
    ...aliasErrors(listOf(spec, 'hostAliases'), `${at}.hostAliases`),
  ]
}

/** @param names receives those of the volumes that can be mounted */
function volumeErrors(
  volumes: readonly Fields[],
  at: string,
  names: Set<string>,
): readonly FieldError[] {
  return volumes.flatMap((volume, index) => {
    const name = textOf(volume, 'name')
    const errors = [...sourceErrors(volume, `${at}[${index}]`)]
    errors.push(...nameErrors(name, `${at}[${index}].name`))
    if (names.has(name)) errors.push(duplicate(`${at}[${index}].name`, name))
    if (errors.length === 0) names.add(name)
    return errors
  })
}

function sourceErrors(volume: Fields, at: string): readonly FieldError[] {
  const [, second] = Object.keys(volume).filter((key) => isJsonObject(volume[key]))
  if (second === undefined) return []
  const detail = 'may not specify more than 1 volume type'
  return [{ type: 'FieldValueForbidden', field: `${at}.${second}`, detail }]
}

/** On the node's network a container listens on the node's own port. */
function networkErrors(spec: Fields, at: string): readonly FieldError[] {
  if (spec['hostNetwork'] !== true) return []
  const rule = 'must match `containerPort` when `hostNetwork` is true'
  return listOf(spec, 'containers').flatMap((container, index) =>
    listOf(container, 'ports').flatMap((port, number) => {
      const { hostPort = 0, containerPort = 0 } = port
      const field = `${at}.containers[${index}].ports[${number}].hostPort`
      return hostPort === containerPort ? [] : [invalid(field, hostPort, rule)]
    }),
  )
}

function placementErrors(spec: Fields, at: string): readonly FieldError[] {
  const errors = (['hostname', 'subdomain'] as const).flatMap((field) => {
    const name = textOf(spec, field)
    const problems = name === '' ? [] : dnsLabelErrors(name)
    return problems.map((problem) => invalid(`${at}.${field}`, name, problem))
  })
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

function deadlineErrors(spec: Fields, at: string): readonly FieldError[] {
  const deadline = spec['activeDeadlineSeconds']
  if (typeof deadline !== 'number' || (deadline >= 1 && deadline <= 2_147_483_647)) return []
  const rule = 'must be between 1 and 2147483647, inclusive'
  return [invalid(`${at}.activeDeadlineSeconds`, deadline, rule)]
}

function gateErrors(gates: readonly Fields[], at: string): readonly FieldError[] {
  const names = new Set<string>()
  return gates.flatMap((gate, index) => {
    const name = textOf(gate, 'name')
    const errors = labelKeyErrors(name).map((problem) => invalid(`${at}[${index}]`, name, problem))
    if (names.has(name)) errors.push(duplicate(`${at}[${index}]`, name))
    names.add(name)
    return errors
  })
}

/** What is wrong with an address; shared with the addresses of a status. */
export function addressErrors(address: string, at: string): readonly FieldError[] {
  const rule = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
  return isIPv4(address) || isIPv6(address) ? [] : [invalid(at, address, rule)]
}

function aliasErrors(aliases: readonly Fields[], at: string): readonly FieldError[] {
  return aliases.flatMap((alias, index) => [
    ...addressErrors(textOf(alias, 'ip'), `${at}[${index}].ip`),
    ...textsOf(alias, 'hostnames').flatMap((name, number) =>
      dnsSubdomainErrors(name).map((problem) =>
        invalid(`${at}[${index}].hostnames[${number}]`, name, problem),
      ),
    ),
  ])
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const EVERYTHING =
  'operator must be Exists when `key` is empty, which means "match all values and all keys"'

/** What is wrong with tolerations. */
export function tolerationErrors(tolerations: readonly Fields[], at: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const where = `${at}[${index}]`
    const [key = '', operator = '', effect = ''] = ['key', 'operator', 'effect'].map((field) =>
      textOf(toleration, field),
    )
    const problems = key === '' ? [] : labelKeyErrors(key)
    const errors = problems.map((problem) => invalid(`${where}.key`, key, problem))
    if (key === '' && operator !== 'Exists') {
      errors.push(invalid(`${where}.operator`, operator, EVERYTHING))
    }
    if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute') {
      const rule = "effect must be 'NoExecute' when `tolerationSeconds` is set"
      errors.push(invalid(`${where}.effect`, effect, rule))
    }
    errors.push(...operatorErrors(operator, textOf(toleration, 'value'), `${where}.operator`))
    if (effect !== '') errors.push(...choice(toleration, 'effect', { at: where, values: EFFECTS }))
    return errors
  })
}

function operatorErrors(operator: string, value: string, at: string): readonly FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueErrors(value)
      return problems.length === 0 ? [] : [invalid(at, value, problems.join(';'))]
    }
    case 'Exists':
      return value === ''
        ? []
        : [invalid(at, value, "value must be empty when `operator` is 'Exists'")]
    default:
      return [notSupported(at, operator, ['Equal', 'Exists'])]
  }
}
