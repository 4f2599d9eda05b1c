/** Drawing from a seeded source. */
import { type Random, seededRandom, stableHash } from '@sortie/machinery'

export interface Chance {
  /** True with this probability. */
  happens(probability: number): boolean
  /** A whole number from `least` to `most`, both possible. */
  between(least: number, most: number): number
  /** One of them. @throws RangeError where there are none */
  oneOf<T>(choices: readonly T[]): T
  /** In [0, 1). */
  share(): number
}

export function chanceOf(random: Random): Chance {
  const between = (least: number, most: number): number =>
    least + Math.floor(random.next() * (most - least + 1))
  return {
    happens: (probability) => random.next() < probability,
    between,
    share: () => random.next(),
    oneOf<T>(choices: readonly T[]): T {
      if (choices.length === 0) throw new RangeError('nothing to choose from')
      return choices[between(0, choices.length - 1)] as T
    },
  }
}

/** A source of its own for each purpose, so that one that draws more shifts no other. */
export function randomFor(seed: number, purpose: string): Random {
  return seededRandom(Number.parseInt(stableHash(`${seed}/${purpose}`), 36) >>> 0)
}
