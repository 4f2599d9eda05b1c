import { expect, it } from 'vitest'
import { placeOfKind } from './places.ts'
import { router } from './router.ts'

it('knows the page of every kind that has one', () => {
  const place = placeOfKind('FlightTask', 'north', 'dawn/1 ü%')
  expect(place && router.resolve(place).href).toBe('/ns/north/tasks/dawn%2F1%20%C3%BC%25')
  expect(placeOfKind('Node', undefined, 'f35-1')).toEqual({
    name: 'node',
    params: { name: 'f35-1' },
  })
})

it('knows none of what only looks like a kind, nor of what has no name', () => {
  for (const kind of ['Pod', 'constructor', '__proto__', 'toString'])
    expect(placeOfKind(kind, 'north', 'dawn')).toBeUndefined()
  expect(placeOfKind('Mission', 'north', '')).toBeUndefined()
})
