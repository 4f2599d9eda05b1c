/** One piece of a label selector: a word, a symbol such as `!=`, or the end. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'end'
  readonly text: string
}

const PIECE = /\s*(?:(==|!=|[=!(),<>])|([^\s=!(),<>]+))/y

/** The words and symbols of a selector, without the blanks between them. */
export function lexSelector(text: string): readonly Token[] {
  const tokens: Token[] = []
  PIECE.lastIndex = 0
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text)) {
    const [, symbol, word] = match
    tokens.push(
      symbol === undefined ? { kind: 'word', text: word ?? '' } : { kind: 'symbol', text: symbol },
    )
  }
  return tokens
}
