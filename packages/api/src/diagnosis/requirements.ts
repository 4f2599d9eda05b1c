/** What a pod asks of an aircraft, one requirement at a time, as its spec says it: so the scheduler and a reader judge alike. */
import {
  deepEqual,
  failingRequirement,
  isCordonedFor,
  isTolerated,
  matchesTerm,
  meetsRequirement,
  NOT_READY_TAINT,
  type NodeObject,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  notReadyCondition,
  type PodSpec,
  podRequests,
  requiredNodeTerms,
  untoleratedTaint,
  writeRequirement,
} from '@sortie/machinery'
import { AIRCRAFT, EXTENDED_RESOURCES, TAINTS } from '../constants.ts'
import type { AircraftView } from './aircraftview.ts'

export type RequirementCode =
  | 'type'
  | 'status'
  | 'capability'
  | 'fuel'
  | 'hardpoints'
  | 'label'
  | 'affinity'
  | 'excluded'
  | 'node'
  | 'ready'
  | 'cordon'
  | 'quarantine'
  | 'taint'
  | 'resource'
  | 'slot'
  /** A wish: it refuses no aircraft. */
  | 'location'

export interface Requirement {
  readonly code: RequirementCode
  /** Which capability, label or resource; empty where the code says it all. */
  readonly subject: string
  /** The value asked for: `j20`, `60`; empty where there is none. */
  readonly wanted: string
  /** For people: `fuel ≥ 60`. */
  readonly text: string
  /** False for a wish. */
  readonly isRequired: boolean
}

/** What one requirement comes to for one aircraft. */
export interface Verdict {
  readonly passes: boolean
  /** What the aircraft has: `55`, `none`, `0 of 1 free`. */
  readonly has: string
  /** It would pass once what flies there now has landed. */
  readonly isBusy?: true
}

export interface Check extends Requirement {
  judge(view: AircraftView): Verdict
  /** Of a number: what the aircraft has; undefined where that is none. */
  amount?(view: AircraftView): number | undefined
}

/** In the order in which people ask: what it is, what it can, how it stands, what is left of it. */
export function checksOf(spec: PodSpec): readonly Check[] {
  return [
    ...selectorChecks(spec),
    ...affinityChecks(spec),
    ...nodeNameChecks(spec),
    ...stateChecks(spec),
    ...resourceChecks(spec),
    ...wishes(spec),
  ].sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code))
}

const ORDER: readonly RequirementCode[] = [
  ...(['type', 'capability', 'fuel', 'hardpoints', 'label', 'affinity', 'node'] as const),
  ...(['status', 'ready', 'cordon', 'quarantine', 'taint', 'excluded'] as const),
  ...(['resource', 'slot', 'location'] as const),
]

interface Wanted {
  readonly code: RequirementCode
  readonly subject?: string
  readonly wanted?: string
  readonly text: string
}

function check(
  { code, subject = '', wanted = '', text }: Wanted,
  judge: Check['judge'],
  amount?: Check['amount'],
): Check {
  const base = { code, subject, wanted, text, isRequired: code !== 'location', judge }
  return amount === undefined ? base : { ...base, amount }
}

function labelOf({ metadata }: NodeObject, key: string): string {
  return metadata.labels?.[key] ?? 'none'
}

function selectorChecks({ nodeSelector = {} }: PodSpec): Check[] {
  return Object.entries(nodeSelector).map(([key, value]) =>
    check(describeLabel(key, value), ({ node }) => ({
      passes: node.metadata.labels?.[key] === value,
      has: labelOf(node, key),
    })),
  )
}

function describeLabel(key: string, value: string): Wanted {
  if (key === AIRCRAFT.type) return { code: 'type', wanted: value, text: `type ${value}` }
  if (key === AIRCRAFT.status) return { code: 'status', wanted: value, text: `status ${value}` }
  return { code: 'label', subject: key, wanted: value, text: `${key}=${value}` }
}

/** What every term asks for is asked for in any case; of the rest of the terms one must hold. */
function affinityChecks(spec: PodSpec): Check[] {
  const terms = requiredNodeTerms(spec)
  if (terms === undefined) return []
  const [first, ...others] = terms
  const isCommon = (list: keyof NodeSelectorTerm) => (one: NodeSelectorRequirement) =>
    others.every((term) => term[list]?.some((other) => deepEqual(other, one)) === true)
  const expressions = (first?.matchExpressions ?? []).filter(isCommon('matchExpressions'))
  const fields = (first?.matchFields ?? []).filter(isCommon('matchFields'))
  const isRestEmpty =
    others.length === 0 && first !== undefined && expressions.length + fields.length > 0
  return [
    ...expressions.map(expressionCheck),
    ...(fields.length === 0 ? [] : [fieldsCheck(fields)]),
    ...(isRestEmpty ? [] : [termsCheck(terms)]),
  ]
}

function termsCheck(terms: readonly NodeSelectorTerm[]): Check {
  const text = terms
    .map(({ matchExpressions = [], matchFields = [] }) =>
      [...matchExpressions, ...matchFields].map(writeRequirement).join(' and '),
    )
    .join(', or ')
  return check({ code: 'affinity', text: text === '' ? 'no node at all' : text }, ({ node }) => ({
    passes: terms.some((term) => matchesTerm(term, node)),
    has: terms
      .flatMap((term) => failingRequirement(term, node) ?? [])
      .map(({ key }) => `${key}=${labelOf(node, key)}`)
      .join(', '),
  }))
}

function expressionCheck(requirement: NodeSelectorRequirement): Check {
  const { key } = requirement
  const wanted = describeExpression(requirement)
  const isNumber = wanted.code === 'fuel' || wanted.code === 'hardpoints'
  return check(
    wanted,
    ({ node }) => ({
      passes: meetsRequirement(requirement, node.metadata.labels ?? {}),
      has: labelOf(node, key),
    }),
    isNumber ? ({ node }) => wholeNumber(node.metadata.labels?.[key]) : undefined,
  )
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

const NUMBERS: Readonly<Record<string, 'fuel' | 'hardpoints'>> = {
  [AIRCRAFT.fuelLevel]: 'fuel',
  [AIRCRAFT.hardpointAvailable]: 'hardpoints',
}

function describeExpression(requirement: NodeSelectorRequirement): Wanted {
  const { key, operator, values = [] } = requirement
  const number = NUMBERS[key]
  if (number !== undefined && operator === 'Gt') {
    const least = String(Number(values[0]) + 1)
    return { code: number, wanted: least, text: `${number} ≥ ${least}` }
  }
  if (key.startsWith(AIRCRAFT.capabilityPrefix) && operator === 'In' && values[0] === 'true') {
    const name = key.slice(AIRCRAFT.capabilityPrefix.length)
    return { code: 'capability', subject: name, text: `capability ${name}` }
  }
  const text = writeRequirement(requirement)
  return { code: 'label', subject: key, wanted: values.join(', '), text }
}

function fieldsCheck(fields: readonly NodeSelectorRequirement[]): Check {
  const names = fields.flatMap(({ values = [] }) => values)
  const isExclusion = fields.every(({ operator }) => operator === 'NotIn')
  const wanted = names.join(', ')
  const described: Wanted = isExclusion
    ? { code: 'excluded', wanted, text: `none of ${wanted}` }
    : { code: 'node', wanted, text: fields.map(writeRequirement).join(' and ') }
  return check(described, ({ node }) => {
    const has = node.metadata.name ?? ''
    return { passes: fields.every((one) => meetsRequirement(one, { 'metadata.name': has })), has }
  })
}

function nodeNameChecks({ nodeName = '' }: PodSpec): Check[] {
  if (nodeName === '') return []
  return [
    check({ code: 'node', wanted: nodeName, text: `the node ${nodeName}` }, ({ node }) => ({
      passes: node.metadata.name === nodeName,
      has: node.metadata.name ?? '',
    })),
  ]
}

function stateChecks(spec: PodSpec): Check[] {
  const waitsForReady = !isTolerated(NOT_READY_TAINT, spec.tolerations)
  const taintOf = (node: NodeObject, isQuarantine: boolean) => {
    const taints = node.spec?.taints?.filter(
      ({ key }) => (key === TAINTS.quarantine) === isQuarantine,
    )
    return taints === undefined ? undefined : untoleratedTaint(spec, { ...node, spec: { taints } })
  }
  return [
    check({ code: 'ready', text: 'its node ready' }, ({ node }) => {
      const trouble = waitsForReady ? notReadyCondition(node) : undefined
      return { passes: trouble === undefined, has: trouble?.reason ?? 'ready' }
    }),
    check({ code: 'cordon', text: 'not cordoned' }, ({ node }) => {
      const isCordoned = isCordonedFor(spec, node)
      return { passes: !isCordoned, has: isCordoned ? 'cordoned' : 'open' }
    }),
    check({ code: 'quarantine', text: 'not in quarantine' }, ({ node }) => {
      const taint = taintOf(node, true)
      return { passes: taint === undefined, has: taint === undefined ? 'free' : 'in quarantine' }
    }),
    check({ code: 'taint', text: 'no taint that keeps it away' }, ({ node }) => {
      const taint = taintOf(node, false)
      const has = taint === undefined ? 'none' : `${taint.key}=${taint.value ?? ''}:${taint.effect}`
      return { passes: taint === undefined, has }
    }),
  ]
}

function resourceChecks(spec: PodSpec): Check[] {
  const requests = Object.entries(podRequests(spec)).filter(([, amount]) => amount > 0)
  return requests.map(([name, wanted]) => {
    const isSlot = name === EXTENDED_RESOURCES.slot
    const described: Wanted = isSlot
      ? { code: 'slot', wanted: String(wanted), text: 'free for a task' }
      : {
          code: 'resource',
          subject: name,
          wanted: writeAmount(name, wanted),
          text: `${name} ${writeAmount(name, wanted)}`,
        }
    const judge = ({ allocatable, requested }: AircraftView): Verdict => {
      const all = allocatable[name] ?? 0
      const free = all - (requested[name] ?? 0)
      const has = `${writeAmount(name, free)} of ${writeAmount(name, all)} free`
      if (wanted <= free) return { passes: true, has }
      return wanted <= all ? { passes: false, has, isBusy: true } : { passes: false, has }
    }
    return check(described, judge)
  })
}

/** An amount of a resource for people: thousandths of cores as cores, bytes as mebibytes. */
export function writeAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return String(amount / 1000)
  if (resource === 'memory' || resource === 'ephemeral-storage') {
    return `${Math.round((amount / 2 ** 20) * 10) / 10}Mi`
  }
  return String(amount)
}

/** The preferred location. */
function wishes({ affinity }: PodSpec): Check[] {
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const zones = preferred.flatMap(({ preference }) =>
    (preference.matchExpressions ?? []).filter(({ key }) => key === AIRCRAFT.zone),
  )
  return zones.map((requirement) => {
    const wanted = (requirement.values ?? []).join(', ')
    return check({ code: 'location', wanted, text: `location ${wanted}` }, ({ node }) => ({
      passes: meetsRequirement(requirement, node.metadata.labels ?? {}),
      has: labelOf(node, AIRCRAFT.zone),
    }))
  })
}
