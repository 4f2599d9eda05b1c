import { expect, it } from 'vitest'
import { i18n } from './index.ts'
import { messageOf, messagesOf } from './message.ts'

/** As much of it as is needed here: the types of all texts are too deep for the compiler. */
const { t, mergeLocaleMessage } = i18n.global as unknown as {
  t(key: string, filling?: number | Readonly<Record<string, unknown>>): string
  mergeLocaleMessage(language: string, messages: object): void
}
const messages = {
  plain: 'nothing to fill',
  filled: '{n} of {total} done',
  ends: '{n}',
  many: 'One row | {n} rows',
  group: { inner: 'inner {n}' },
}
mergeLocaleMessage('en', { tried: messagesOf(messages) })

it('says texts with what they are filled from, as often as they are asked for', () => {
  for (const _ of [1, 2]) {
    expect(t('tried.plain')).toBe('nothing to fill')
    expect(t('tried.filled', { n: 2, total: '<b>' })).toBe('2 of <b> done')
    expect(t('tried.ends', { n: 0 })).toBe('0')
    expect(t('tried.group.inner', { n: 1 })).toBe('inner 1')
  }
})

it('takes the form of the number', () => {
  expect(t('tried.many', 1)).toBe('One row')
  expect(t('tried.many', 3)).toBe('3 rows')
})

it('reads nothing in what it is filled with', () => {
  expect(t('tried.filled', { n: '{total} | x', total: '@:tried.plain' })).toBe(
    '{total} | x of @:tried.plain done',
  )
})

it('gives elements their place between the words', () => {
  const filling = {
    normalize: (parts: readonly unknown[]) => parts,
    interpolate: (value: unknown) => value,
    named: (name: string) => ({ element: name }),
    plural: () => [],
  }
  expect(messageOf('since {time} o’clock')(filling)).toEqual([
    'since ',
    { element: 'time' },
    ' o’clock',
  ])
})
