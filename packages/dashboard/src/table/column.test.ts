import { expect, it } from 'vitest'
import { type Column, columnsThatFit, leastWidthOf, nextOrder, sortRows } from './column.ts'

interface Plane {
  readonly uid: string
  readonly name: string
  readonly fuel?: number
}

const COLUMNS: readonly Column<Plane>[] = [
  { key: 'name', title: '', width: '1fr', value: (row) => row.name },
  { key: 'fuel', title: '', width: '1fr', value: (row) => row.fuel },
]
const ROWS: readonly Plane[] = [
  { uid: '1', name: 'p-10', fuel: 5 },
  { uid: '2', name: 'p-9' },
  { uid: '3', name: 'p-2', fuel: 70 },
  { uid: '4', name: 'p-1', fuel: 5 },
]
const order = (by: string): string =>
  sortRows(ROWS, COLUMNS, by)
    .map((row) => row.uid)
    .join('')

it('sorts numbers within names as numbers', () => {
  expect(order('name')).toBe('4321')
  expect(order('-name')).toBe('1234')
})

it('puts rows without a value last, whichever way it sorts, and equal ones by uid', () => {
  expect(order('fuel')).toBe('1432')
  expect(order('-fuel')).toBe('3142')
})

it('leaves the order alone for a column that is not there', () => {
  expect(order('colour')).toBe('1234')
})

it('turns the order at the second click on a heading', () => {
  expect(nextOrder('', 'name')).toBe('name')
  expect(nextOrder('name', 'name')).toBe('-name')
  expect(nextOrder('-name', 'name')).toBe('name')
})

it('adds up the least widths of fixed and of growing columns', () => {
  expect(leastWidthOf([{ width: '80px' }, { width: 'minmax(120px, 2fr)' }, { width: '1fr' }])).toBe(
    200,
  )
})

it('leaves out the readiest columns where not all fit, and none that must stay', () => {
  const columns = [
    { key: 'name', width: '100px' },
    { key: 'zone', width: '50px', yields: 2 },
    { key: 'fuel', width: 'minmax(80px, 1fr)', yields: 1 },
  ]
  const keysAt = (width: number): string =>
    columnsThatFit(columns, width)
      .map(({ key }) => key)
      .join(' ')
  expect(keysAt(230)).toBe('name zone fuel')
  expect(keysAt(229)).toBe('name fuel')
  expect(keysAt(179)).toBe('name')
  expect(keysAt(10)).toBe('name')
  expect(keysAt(0)).toBe('name zone fuel')
})
