/** Warnings on their way out: a header, as RFC 7234 has it, kept to the size that the API server keeps it to. */

/** So many characters leave whole; where there are more, each warning is cut, and those beyond it are left out. */
const MOST_IN_ALL = 4_096
const MOST_OF_ONE = 256
const CONTROL = /\p{Cc}/u

/** The value of the header; empty where there is nothing to say. What has control characters, which no header may have, is left out. */
export function warningHeader(warnings: readonly string[]): string {
  const texts = [...new Set(warnings)].filter((text) => text !== '' && !CONTROL.test(text))
  return fitting(texts)
    .map((text) => `299 - ${JSON.stringify(text)}`)
    .join(', ')
}

function fitting(texts: readonly string[]): readonly string[] {
  const sizeOf = (list: readonly string[]): number => list.reduce((sum, one) => sum + one.length, 0)
  if (sizeOf(texts) <= MOST_IN_ALL) return texts
  let left = MOST_IN_ALL
  return texts
    .map((text) => (text.length <= MOST_OF_ONE ? text : [...text].slice(0, MOST_OF_ONE).join('')))
    .filter((text) => {
      const fits = left > 0
      left -= text.length
      return fits
    })
}
