/**
 * Texts as vue-i18n calls them, read by the little of its grammar that ours use: `{name}` and `one | {n} many`. Its own compiler, which is
 * left out of the app (`vite.config.ts`), is larger than all texts together.
 */
/** As much of vue-i18n's message context as is needed here; `T` is a text, or a node where a text has elements in it. */
interface Filling<T> {
  normalize(parts: readonly T[]): T
  interpolate(value: unknown): T
  named(name: string): unknown
  plural(forms: readonly T[]): T
}

export type Message = <T>(filling: Filling<T>) => T

/** Messages by key, in groups as the texts are. */
export interface Messages {
  readonly [key: string]: Message | Messages
}

/** All messages of texts by key, in groups or not. */
export function messagesOf(texts: object): Messages {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]: [string, string | object]) => [
      key,
      typeof text === 'string' ? messageOf(text) : messagesOf(text),
    ]),
  )
}

/** The message of one text, which is read when it is first said. */
export function messageOf(text: string): Message {
  let forms: readonly (readonly string[])[] | undefined
  return (filling) => {
    forms ??= text.split(' | ').map((form) => form.split(/\{(\w+)\}/))
    const said = forms.map((parts) => fill(parts, filling))
    return said.length === 1 && said[0] !== undefined ? said[0] : filling.plural(said)
  }
}

/** @param parts a text and the name of what comes after it, by turns */
function fill<T>(parts: readonly string[], filling: Filling<T>): T {
  const filled = parts.flatMap((part, at) => {
    if (at % 2 === 1) return [filling.interpolate(filling.named(part))]
    return part === '' ? [] : [part as T]
  })
  return filling.normalize(filled)
}
