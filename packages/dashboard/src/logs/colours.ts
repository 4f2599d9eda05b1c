/** ANSI colours of a log line as pieces of text: never as HTML. */
import { AnsiUp } from 'ansi_up'

export interface Piece {
  readonly text: string
  /** A colour of the theme; missing for plain text. */
  readonly colour?: string
  readonly bold?: true
}

const COLOURS: Readonly<Record<string, string>> = {
  'ansi-black': 'var(--text3)',
  'ansi-red': 'var(--failed)',
  'ansi-green': 'var(--succeeded)',
  'ansi-yellow': 'var(--retrying)',
  'ansi-blue': 'var(--scheduled)',
  'ansi-magenta': 'var(--cancelled)',
  'ansi-cyan': 'var(--running)',
  'ansi-white': 'var(--text2)',
}

const parser = new AnsiUp()
parser.use_classes = true
parser.escape_html = true

/** Lines without an escape are one piece and cost nothing. */
export function piecesOf(line: string): readonly Piece[] {
  if (!line.includes('\u001b')) return [{ text: line }]
  const holder = new DOMParser().parseFromString(
    parser.ansi_to_html(`${line}\u001b[0m`),
    'text/html',
  ).body
  return [...holder.childNodes].map(pieceOf).filter(({ text }) => text !== '')
}

function pieceOf(node: ChildNode): Piece {
  const text = node.textContent ?? ''
  if (!(node instanceof HTMLElement)) return { text }
  const name = [...node.classList]
    .find((one) => one.endsWith('-fg'))
    ?.replace(/-fg$/, '')
    .replace('bright-', '')
  const colour = name === undefined ? undefined : COLOURS[name]
  return {
    text,
    ...(colour === undefined ? {} : { colour }),
    ...(node.style.fontWeight === 'bold' ? { bold: true } : {}),
  }
}
