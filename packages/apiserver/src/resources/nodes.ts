/** The rules of nodes. */
import {
  compareQuantities,
  labelKeyErrors,
  labelValueErrors,
  parseQuantity,
} from '@sortie/machinery'
import type { Update } from '../registry/definition.ts'
import {
  duplicate,
  type FieldError,
  forbidden,
  GoText,
  goJson,
  invalid,
  notSupported,
  required,
} from '../schema/fielderror.ts'
import { isCidr, isIPv4 } from '../schema/formats.ts'
import type { ApiObject } from '../store/index.ts'
import { defineResource } from './define.ts'
import { type Fields, listOf, objectOf, textOf, textsOf } from './pods/fields.ts'
import { isCountedResource } from './pods/resources.ts'

export const NODE_RESOURCE = defineResource({
  group: '',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  hasStatus: true,
  selectableFields: ['spec.unschedulable'],
  strategy: {
    defaults: defaultNode,
    // A kubelet registers its node with the status, so that it is kept.
    prepareCreate: (node) => node,
    validate: (node) => [...taintErrors(node), ...resourceErrors(node), ...rangeErrors(node)],
    validateUpdate: updateErrors,
    validateStatus: (update) => [
      ...taintErrors(update.object),
      ...resourceErrors(update.object),
      ...updateErrors(update),
    ],
    fields: (node) => ({
      'spec.unschedulable': String(objectOf(node, 'spec')['unschedulable'] === true),
    }),
  },
})

/** What a node can do it may do, unless it says otherwise; its first range of addresses stands by itself and in their list. */
function defaultNode(node: ApiObject): ApiObject {
  const [spec, status] = [objectOf(node, 'spec'), objectOf(node, 'status')]
  const ranged = withRanges(spec)
  const { capacity } = status
  const allocatable = status['allocatable'] ?? capacity
  const able = status['allocatable'] === allocatable ? status : { ...status, allocatable }
  if (ranged === node['spec'] && able === node['status']) return node
  return { ...node, spec: ranged, ...(node['status'] === undefined ? {} : { status: able }) }
}

/** Where the two differ the single one holds, which older clients write. */
function withRanges(spec: Fields): Fields {
  const single = textOf(spec, 'podCIDR')
  const list = textsOf(spec, 'podCIDRs')
  if (single === (list[0] ?? '')) return spec
  if (single === '') return { ...spec, podCIDR: list[0] }
  return { ...spec, podCIDRs: [single] }
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function taintErrors(node: ApiObject): readonly FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, taint] of listOf(objectOf(node, 'spec'), 'taints').entries()) {
    const at = `metadata.taints[${index}]`
    const [key, value, effect] = ['key', 'value', 'effect'].map((one) => textOf(taint, one))
    for (const problem of labelKeyErrors(key ?? '')) errors.push(invalid(`${at}.key`, key, problem))
    const problems = labelValueErrors(value ?? '')
    if (problems.length > 0) errors.push(invalid(`${at}.value`, value, problems.join(';')))
    if (effect === '') errors.push(required(`${at}.effect`))
    else if (!EFFECTS.includes(effect ?? '')) {
      errors.push(notSupported(`${at}.effect`, effect, EFFECTS))
    }
    if (seen.has(`${key}:${effect}`)) errors.push(repeatedTaint(at, taint))
    seen.add(`${key}:${effect}`)
  }
  return errors
}

function repeatedTaint(at: string, taint: Fields): FieldError {
  const detail = 'taints must be unique by key and effect pair'
  const [key, value, effect] = ['key', 'value', 'effect'].map((one) => textOf(taint, one))
  const time = taint['timeAdded'] ?? null
  const shown = { Key: key, Value: value, Effect: effect, TimeAdded: time }
  return { ...duplicate(at, new GoText(goJson(shown))), detail }
}

function resourceErrors(node: ApiObject): readonly FieldError[] {
  const status = objectOf(node, 'status')
  return ['capacity', 'allocatable'].flatMap((list) =>
    Object.entries(objectOf(status, list)).flatMap(([name, amount]) =>
      amountErrors(name, String(amount), `status.${list}.${name}`),
    ),
  )
}

const NOTHING = parseQuantity('0')

function amountErrors(name: string, amount: string, at: string): readonly FieldError[] {
  const quantity = parseQuantity(amount)
  const errors: FieldError[] = []
  if (compareQuantities(quantity, NOTHING) < 0) {
    errors.push(invalid(at, amount, 'must be greater than or equal to 0'))
  }
  if (isCountedResource(name) && quantity.nanos % 1_000_000_000n !== 0n) {
    errors.push(invalid(at, amount, 'must be an integer'))
  }
  return errors
}

/** Each is a range, and there is one of each family at most. */
function rangeErrors(node: ApiObject): readonly FieldError[] {
  const ranges = textsOf(objectOf(node, 'spec'), 'podCIDRs')
  const at = 'spec.podCIDRs'
  const rule = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
  const wrong = ranges.flatMap((range, index) =>
    isCidr(range) ? [] : [invalid(`${at}[${index}]`, range, rule)],
  )
  if (ranges.length < 2) return wrong
  const families = new Set(ranges.map((range) => isIPv4(range.split('/')[0] ?? '')))
  const bad = ranges.findIndex((range) => !isCidr(range))
  if (bad >= 0) wrong.push(unreadable(at, bad, ranges[bad] ?? ''))
  if (bad < 0 && families.size === 2 && ranges.length === 2) return wrong
  return [...wrong, invalid(at, ranges, 'may specify no more than one CIDR for each IP family')]
}

function unreadable(field: string, index: number, range: string): FieldError {
  const why = `invalid CIDR[${index}]: <nil> (invalid CIDR address: ${range})`
  const detail = `invalid PodCIDRs. failed to check with dual stack with error:${why}`
  return { type: 'InternalError', field, detail }
}

/** A node keeps its ranges and its id at the provider once it has them. */
function updateErrors({ object, old }: Update): readonly FieldError[] {
  const [spec, before] = [objectOf(object, 'spec'), objectOf(old, 'spec')]
  const errors = [...repeatedAddresses(object)]
  const [ranges, had] = [textsOf(spec, 'podCIDRs'), textsOf(before, 'podCIDRs')]
  if (had.length > 0 && (had.length !== ranges.length || had.some((one, i) => one !== ranges[i]))) {
    const why = 'node updates may not change podCIDR except from "" to valid'
    errors.push(forbidden('spec.podCIDRs', why))
  }
  const id = textOf(before, 'providerID')
  if (id !== '' && id !== textOf(spec, 'providerID')) {
    const why = 'node updates may not change providerID except from "" to valid'
    errors.push(forbidden('spec.providerID', why))
  }
  if (textOf(spec, 'externalID') !== textOf(before, 'externalID')) {
    errors.push(forbidden('spec.externalID', 'may not be updated'))
  }
  return errors
}

function repeatedAddresses(node: ApiObject): FieldError[] {
  const seen = new Set<string>()
  return listOf(objectOf(node, 'status'), 'addresses').flatMap((address, index) => {
    const shown = { Type: textOf(address, 'type'), Address: textOf(address, 'address') }
    const key = goJson(shown)
    if (seen.has(key)) return [duplicate(`status.addresses[${index}]`, new GoText(key))]
    seen.add(key)
    return []
  })
}
