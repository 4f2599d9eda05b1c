/** Whom a kubeconfig's user acts as: `as`, `as-uid`, `as-groups`, `as-user-extra`. */
import type { Impersonation } from '../auth/impersonation.ts'
import { configError, isSection, type Section } from './files.ts'

const DETAILS = ['as-uid', 'as-groups', 'as-user-extra'] as const

/** @throws SortieError where a field is not what it should be: to pass over it would be to act as somebody else than was meant */
export function impersonationOf(section: Section, name: string): Impersonation | undefined {
  const read = <T>(field: string, expected: Expected<T>): T | undefined => {
    const value = section[field]
    if (isAbsent(value)) return undefined
    if (expected.fits(value)) return value
    throw configError(`${field} of user ${name} must be ${expected.what}`)
  }
  const user = read('as', TEXT)
  const uid = read('as-uid', TEXT)
  const groups = read('as-groups', TEXTS)
  const extra = read('as-user-extra', NAMED_TEXTS)
  if (user !== undefined) {
    return {
      user,
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
      ...(extra === undefined ? {} : { extra }),
    }
  }
  const idle = DETAILS.find((field) => !isAbsent(section[field]))
  if (idle === undefined) return undefined
  throw configError(`user ${name} names ${idle}, but nobody to act as: set "as" too`)
}

interface Expected<T> {
  readonly what: string
  readonly fits: (value: unknown) => value is T
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''
const isText = (value: unknown): value is string => typeof value === 'string'
const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isText)

const TEXT: Expected<string> = { what: 'a text', fits: isText }
const TEXTS: Expected<readonly string[]> = { what: 'a list of texts', fits: areTexts }
const NAMED_TEXTS: Expected<Readonly<Record<string, readonly string[]>>> = {
  what: 'a mapping from names to lists of texts',
  fits: (value): value is Readonly<Record<string, readonly string[]>> =>
    isSection(value) && Object.values(value).every(areTexts),
}
