/** Finding names by a few of their letters. Pure. */

/** Higher is better; undefined where the letters do not occur in this order. Whole beginnings win over scattered letters. */
export function scoreOf(name: string, sought: string): number | undefined {
  if (sought === '') return 0
  const text = name.toLowerCase()
  const letters = sought.toLowerCase()
  const at = text.indexOf(letters)
  if (at >= 0) return 1_000 - at - text.length / 100
  let from = 0
  let gaps = 0
  for (const letter of letters) {
    const found = text.indexOf(letter, from)
    if (found < 0) return undefined
    gaps += found - from
    from = found + 1
  }
  return 500 - gaps - text.length / 100
}

/** The best `most` of many, best first; equal ones in their own order. */
export function bestMatches<T extends { readonly name: string }>(
  all: Iterable<T>,
  sought: string,
  most: number,
): readonly T[] {
  const scored: { readonly one: T; readonly score: number }[] = []
  for (const one of all) {
    const score = scoreOf(one.name, sought)
    if (score !== undefined) scored.push({ one, score })
  }
  scored.sort((a, b) => b.score - a.score)
  return scored.slice(0, most).map(({ one }) => one)
}
