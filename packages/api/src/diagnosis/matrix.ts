/**
 * Every aircraft against every requirement of one pod, and what would have to give for the pod to fit. Pure: the scheduler, the
 * command line and the dashboard's server ask the same code. What depends on other pods' places (affinity between pods, topology
 * spread, host ports) is the scheduler's own and not judged here.
 */
import type { PodSpec } from '@sortie/machinery'
import { type AircraftView, isAircraft } from './aircraftview.ts'
import { type Relaxation, relaxationsOf } from './relaxation.ts'
import { type Check, checksOf, type Requirement, type Verdict } from './requirements.ts'

/** A requirement with what it does to the fleet. */
export interface RequirementTally extends Requirement {
  /** Aircraft that it refuses of those that all before it have left, and that are not merely taken now. */
  readonly rejected: number
  /** What is left of the fleet after it. */
  readonly left: number
  /** Aircraft that do not meet it, whatever else they lack. */
  readonly failing: number
}

export interface AircraftRow {
  readonly node: string
  /** It could take the pod now. */
  readonly fits: boolean
  /** It could take the pod were there nothing on it. */
  readonly couldFit: boolean
  /** One for each requirement, in the same order. */
  readonly verdicts: readonly Verdict[]
}

export interface AircraftMatrix {
  readonly requirements: readonly RequirementTally[]
  /** Those that fit first, then those that could, then by how little they lack. */
  readonly aircraft: readonly AircraftRow[]
  readonly fitting: number
  /** Those that fit, now or once they are free. */
  readonly suitable: number
  /** Where none is suitable: what would make some so, the smallest change first; at most three. */
  readonly relaxations: readonly Relaxation[]
}

/** Holds the aircraft against a pod. Other nodes count only where there is no aircraft at all. */
export function matchAircraft(spec: PodSpec, nodes: Iterable<AircraftView>): AircraftMatrix {
  const checks = checksOf(spec)
  const all = [...nodes]
  const aircraft = all.filter(({ node }) => isAircraft(node))
  const views = aircraft.length > 0 ? aircraft : all
  const rows = views.map((view) => rowOf(view, checks))
  const suitable = rows.filter(({ couldFit }) => couldFit).length
  return {
    requirements: tally(checks, rows),
    aircraft: rows.toSorted(byPromise),
    fitting: rows.filter(({ fits }) => fits).length,
    suitable,
    relaxations: suitable > 0 ? [] : relaxationsOf(checks, views, rows),
  }
}

function rowOf(view: AircraftView, checks: readonly Check[]): AircraftRow {
  const verdicts = checks.map((check) => check.judge(view))
  const failing = verdicts.filter(
    ({ passes }, index) => !passes && checks[index]?.isRequired === true,
  )
  return {
    node: view.node.metadata.name ?? '',
    fits: failing.length === 0,
    couldFit: failing.every(({ isBusy }) => isBusy === true),
    verdicts,
  }
}

function tally(
  checks: readonly Check[],
  rows: readonly AircraftRow[],
): readonly RequirementTally[] {
  let left = rows
  return checks.map(({ judge: _, amount: __, ...requirement }, index) => {
    const fails = ({ verdicts }: AircraftRow): boolean => verdicts[index]?.passes === false
    const next = requirement.isRequired ? left.filter((row) => !fails(row)) : left
    const rejected = left.length - next.length
    left = next
    return { ...requirement, rejected, left: next.length, failing: rows.filter(fails).length }
  })
}

function byPromise(a: AircraftRow, b: AircraftRow): number {
  return (
    Number(b.fits) - Number(a.fits) ||
    Number(b.couldFit) - Number(a.couldFit) ||
    lacking(a) - lacking(b) ||
    (a.node < b.node ? -1 : a.node > b.node ? 1 : 0)
  )
}

function lacking({ verdicts }: AircraftRow): number {
  return verdicts.filter(({ passes }) => !passes).length
}
