import type { StageRow } from '@sortie/api'
import { expect, it } from 'vitest'
import { deadlineOf, shareLeft } from './facts.ts'

const STAGE = { timeoutSeconds: 100, started: 50_000 } as StageRow

it('gives a running stage its timeout from its start, and what it stood suspended on top', () => {
  expect(deadlineOf(STAGE)).toBe(150_000)
  expect(deadlineOf({ ...STAGE, suspendedSeconds: 20 })).toBe(170_000)
})

it('knows no deadline without a timeout, before the start, after the end, while suspended', () => {
  const { timeoutSeconds: _, ...endless } = STAGE
  const { started: __, ...waiting } = STAGE
  const all: readonly StageRow[] = [
    endless as StageRow,
    waiting as StageRow,
    { ...STAGE, completed: 60_000 },
    { ...STAGE, suspended: true },
  ]
  expect(all.map(deadlineOf)).toEqual([undefined, undefined, undefined, undefined])
})

it('counts down from one to nothing', () => {
  expect([50_000, 100_000, 200_000].map((now) => shareLeft(STAGE, now))).toEqual([1, 0.5, 0])
})
