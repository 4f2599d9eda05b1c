/** What is known of parts of whole objects: most writes leave most parts as they were, the same values in the store. */
import type { TypeModel } from './model.ts'

/** Remembers values that have passed as the named field of a type; never changed ones, since objects of the API are not changed. */
export interface PartMemo {
  has(model: TypeModel, name: string, part: unknown): boolean
  note(model: TypeModel, name: string, part: unknown): void
}

export function createPartMemo(): PartMemo {
  const known = new WeakMap<object, { readonly model: TypeModel; readonly name: string }>()
  return {
    has(model, name, part) {
      const noted = typeof part === 'object' && part !== null ? known.get(part) : undefined
      return noted?.model === model && noted.name === name
    },
    note(model, name, part) {
      if (typeof part === 'object' && part !== null) known.set(part, { model, name })
    },
  }
}
