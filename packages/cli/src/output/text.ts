/** Text for terminals: what comes from the cluster is made harmless, what is ours may have colour. */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { Environment, Output } from '../environment.ts'

/** Removes escape sequences and control characters, so that a name or a log line cannot drive the terminal. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    '',
  )
}

/** As `harmless`, without breaks: a message of several lines is one in a table or a tree. */
export function oneLine(text: string): string {
  return harmless(text)
    .replaceAll(/\s*[\n\t]\s*/g, ' ')
    .trim()
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta'
export type Paint = (style: Style, text: string) => string

/** Colours where the stream is a terminal and NO_COLOR is not set. */
export function painter(environment: Environment, output: Output): Paint {
  const colours = output.isTTY && (environment.variables.NO_COLOR ?? '') === ''
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
}

/** Columns padded to their widest cell; three spaces between them, none at the end, as kubectl does it. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell))
    }
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - displayWidth(cell)))
      .join('   ')
      .trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}

/** East Asian characters and pictographs. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** Marks upon the character before them, and what is not drawn at all. */
const NARROWEST = /\p{Mn}|\p{Me}|[\u200b-\u200d\u2060\ufeff]/u

/** Columns of a terminal that a text takes: wide characters take two, marks and escape sequences none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (!NARROWEST.test(character)) width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** Cuts to that many columns, with an ellipsis where something is lost. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const character of text) {
    const next = displayWidth(character)
    if (width + next > columns - 1) break
    kept += character
    width += next
  }
  return `${kept}…`
}

/** `12s`, `3m05s`, `2h10m`, `4d3h`: a length of time for people. */
export function humanTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, '0')}s`
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? `${hours}h${String(minutes % 60).padStart(2, '0')}m`
    : `${Math.floor(hours / 24)}d${hours % 24}h`
}
