import type { Language } from '../state/preferences.ts'

/** Texts by key; a key may hold a group of further texts. */
export interface Texts {
  readonly [key: string]: string | Texts
}

type Same<T> = { readonly [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

/** An area's texts in both languages, with the same keys. */
export function area<const T extends Texts>(texts: {
  readonly en: T
  readonly 'zh-CN': Same<T>
}): Readonly<Record<Language, Texts>> {
  return texts as unknown as Readonly<Record<Language, Texts>>
}
