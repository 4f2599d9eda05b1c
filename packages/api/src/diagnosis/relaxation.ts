/** The nearest misses: which smallest change of requirements or aircraft would place a pod that fits nowhere. */
import type { AircraftView } from './aircraftview.ts'
import type { AircraftRow } from './matrix.ts'
import type { Check, RequirementCode, Verdict } from './requirements.ts'

export interface Change {
  readonly code: RequirementCode
  /** Which capability, label or resource. */
  readonly subject: string
  /** What is asked for. */
  readonly from: string
  /** What would do; empty where the requirement would have to go. */
  readonly to: string
  /** For people, after "would fit if": `fuel ≥ 40 instead of 60`. */
  readonly text: string
}

export interface Relaxation {
  readonly changes: readonly Change[]
  /** Aircraft that would fit then. */
  readonly count: number
  /** Their names, five at most. */
  readonly aircraft: readonly string[]
  /** `2 aircraft would fit if fuel ≥ 40 instead of 60`. */
  readonly text: string
}

const SHOWN = { relaxations: 3, aircraft: 5 }

/** An aircraft that does not fit, with the requirements that it fails. */
interface Miss {
  readonly view: AircraftView
  readonly row: AircraftRow
  /** Positions of the checks. */
  readonly failing: readonly number[]
}

/** Few changes go before many, small ones of numbers before those that drop a requirement. */
export function relaxationsOf(
  checks: readonly Check[],
  views: readonly AircraftView[],
  rows: readonly AircraftRow[],
): readonly Relaxation[] {
  const misses = views.flatMap((view, index): Miss[] => {
    const row = rows[index]
    return row === undefined ? [] : [{ view, row, failing: failingOf(checks, row) }]
  })
  const fewest = Math.min(...misses.map(({ failing }) => failing.length))
  const groups = new Map<string, Miss[]>()
  for (const miss of misses) {
    if (miss.failing.length > fewest) continue
    const key = groupKey(checks, miss)
    groups.set(key, [...(groups.get(key) ?? []), miss])
  }
  const ranked = [...groups.values()]
    .map((group) => relax(checks, group))
    .sort((a, b) => a.cost - b.cost || b.relaxation.count - a.relaxation.count)
  const most = (ranked[0]?.cost ?? 0) + COMPARABLE
  return ranked
    .filter(({ cost }) => cost <= most)
    .slice(0, SHOWN.relaxations)
    .map(({ relaxation }) => relaxation)
}

function failingOf(checks: readonly Check[], { verdicts }: AircraftRow): readonly number[] {
  return checks.flatMap(({ isRequired }, index) => {
    const verdict = verdicts[index]
    return isRequired && verdict?.passes === false && verdict.isBusy !== true ? [index] : []
  })
}

/** What differs by aircraft (its type, its status) makes groups of its own; numbers do not. */
function groupKey(checks: readonly Check[], { row, failing }: Miss): string {
  const parts = failing.map((index) => {
    const isNamed = NAMES_WHAT_IT_HAS.has(checks[index]?.code ?? 'label')
    return isNamed ? `${index}=${row.verdicts[index]?.has}` : String(index)
  })
  return parts.join(',')
}

const NAMES_WHAT_IT_HAS: ReadonlySet<RequirementCode> = new Set(['type', 'status', 'taint'])

/** What a change costs beside what it takes off a number: an author minds a little fuel least, another type most. */
const COSTS: Readonly<Partial<Record<RequirementCode, number>>> = {
  fuel: 0.1,
  hardpoints: 0.1,
  cordon: 0.5,
  ready: 0.6,
  status: 0.6,
  quarantine: 0.6,
  excluded: 0.7,
  taint: 0.8,
  type: 2,
  node: 2,
}
const OTHER_COST = 1
/** What costs so much more than the best is not worth naming. */
const COMPARABLE = 1

interface Costed {
  readonly relaxation: Relaxation
  readonly cost: number
}

/** Numbers go down as far as the best of the group needs, and no further: whoever has as much comes along. */
function relax(checks: readonly Check[], group: readonly Miss[]): Costed {
  const ranked = group
    .map((miss) => ({ miss, cost: costOf(checks, miss) }))
    .sort((a, b) => a.cost - b.cost)
  const best = ranked[0]
  if (best === undefined) throw new RangeError('a group has a miss')
  const { failing } = best.miss
  const reaches = ({ view }: Miss): boolean =>
    failing.every((index) => {
      const amount = checks[index]?.amount
      if (amount === undefined) return true
      return (amount(view) ?? -1) >= (amount(best.miss.view) ?? -1)
    })
  const names = group.filter(reaches).map(({ row }) => row.node)
  const changes = failing.flatMap((index) => {
    const check = checks[index]
    const verdict = best.miss.row.verdicts[index]
    return check === undefined || verdict === undefined ? [] : [changeOf(check, verdict)]
  })
  const conditions = changes.map(({ text }) => text).join(' and ')
  return {
    cost: best.cost,
    relaxation: {
      changes,
      count: names.length,
      aircraft: names.sort().slice(0, SHOWN.aircraft),
      text: `${names.length} aircraft would fit if ${conditions}`,
    },
  }
}

function costOf(checks: readonly Check[], { view, failing }: Miss): number {
  return failing.reduce((sum, index) => {
    const check = checks[index]
    if (check === undefined) return sum
    const base = COSTS[check.code] ?? OTHER_COST
    if (check.amount === undefined) return sum + base
    const wanted = Math.max(1, Number(check.wanted))
    return sum + base + (wanted - (check.amount(view) ?? 0)) / wanted
  }, 0)
}

type Wording = (check: Check, verdict: Verdict) => { readonly to: string; readonly text: string }

const atLeast: Wording = ({ code, wanted, amount }, { has }) =>
  amount === undefined || has === 'none'
    ? { to: '', text: `no ${code} were asked for` }
    : { to: has, text: `${code} ≥ ${has} instead of ${wanted}` }

const WORDINGS: Readonly<Partial<Record<RequirementCode, Wording>>> = {
  fuel: atLeast,
  hardpoints: atLeast,
  type: ({ wanted }, { has }) => ({ to: has, text: `type ${has} instead of ${wanted}` }),
  status: ({ wanted }, { has }) => ({
    to: wanted,
    text: `its status were ${wanted} instead of ${has}`,
  }),
  capability: ({ subject }) => ({ to: '', text: `capability ${subject} were not asked for` }),
  ready: () => ({ to: '', text: 'its node were ready' }),
  cordon: () => ({ to: '', text: 'it were not cordoned' }),
  quarantine: () => ({ to: '', text: 'its quarantine were over' }),
  taint: (_, { has }) => ({ to: '', text: `the taint ${has} were tolerated` }),
  excluded: () => ({ to: '', text: 'the aircraft that failed it before were allowed' }),
  resource: ({ subject, wanted }, { has }) => {
    const all = has.replace(/^.* of (.*) free$/, '$1')
    return { to: all, text: `${subject} ${all} instead of ${wanted}` }
  },
}

function changeOf(check: Check, verdict: Verdict): Change {
  const { code, subject, wanted, text } = check
  const wording = WORDINGS[code]
  const said = wording?.(check, verdict) ?? { to: '', text: `${text} were not asked for` }
  return { code, subject, from: wanted, ...said }
}
