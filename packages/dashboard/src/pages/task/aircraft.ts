/** Every aircraft against every requirement of a task, as a grid shows it. Pure. */
import type { AircraftMatrix, Verdict } from '@sortie/api'
import type { FilterField } from '../../filter/grammar.ts'
import type { Column } from '../../table/column.ts'

/** `later`: once what flies there now has landed. */
export type Standing = 'yes' | 'later' | 'no'

export interface AircraftLine {
  /** The node's name. */
  readonly uid: string
  readonly fits: Standing
  /** In the matrix's own order: what fits comes first, then what lacks least. */
  readonly rank: number
  /** One for each requirement, in the same order. */
  readonly verdicts: readonly Verdict[]
}

export function linesOf({ aircraft }: AircraftMatrix): readonly AircraftLine[] {
  return aircraft.map(({ node, fits, couldFit, verdicts }, rank) => ({
    uid: node,
    fits: fits ? 'yes' : couldFit ? 'later' : 'no',
    rank,
    verdicts,
  }))
}

/** `fits:yes,later`, or a part of the name. */
export const aircraftFields: readonly FilterField<AircraftLine>[] = [
  { key: 'name', type: 'text', value: (line) => line.uid },
  { key: 'fits', type: 'text', value: (line) => line.fits },
]

/** Key of the column of a requirement. */
export function checkKey(index: number): string {
  return `check${index}`
}

/** The aircraft, whether it fits, and a column for each requirement; `say` has their headings in the person's language. */
export function columnsOf(
  { requirements }: AircraftMatrix,
  say: (english: string) => string,
): readonly Column<AircraftLine>[] {
  return [
    { key: 'name', title: 'tasks.node', width: 'minmax(130px, 1fr)', value: (line) => line.uid },
    { key: 'fits', title: 'tasks.matrix.fits', width: '130px', value: (line) => line.rank },
    ...requirements.map(({ text }, index) => ({
      key: checkKey(index),
      title: text,
      heading: say(text),
      width: 'minmax(150px, 1fr)',
      value: (line: AircraftLine) => line.verdicts[index]?.has,
    })),
  ]
}
