/** Keys that come twice in one object of a JSON text, which a parser drops without a word. */

interface Scan {
  readonly text: string
  at: number
  readonly found: string[]
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The paths of keys that repeat: `data.x`, `spec.containers[0].name`. The text must be JSON. */
export function duplicateFields(text: string): string[] {
  const scan: Scan = { text, at: 0, found: [] }
  scanValue(scan, '')
  return scan.found
}

function skipSpace(scan: Scan): string {
  while (/\s/.test(scan.text.charAt(scan.at))) scan.at++
  return scan.text.charAt(scan.at)
}

function scanValue(scan: Scan, path: string): void {
  const first = skipSpace(scan)
  if (first === '{') scanObject(scan, path)
  else if (first === '[') scanList(scan, path)
  else if (first === '"') scanText(scan)
  else while (/[^\s,\]}]/.test(scan.text.charAt(scan.at))) scan.at++
}

/** The text between quotes, as it is written unless it has escapes. */
function scanText(scan: Scan): string {
  const start = scan.at++
  let escaped = false
  for (; scan.text.charCodeAt(scan.at) !== QUOTE; scan.at++) {
    if (scan.text.charCodeAt(scan.at) !== BACKSLASH) continue
    escaped = true
    scan.at++
  }
  scan.at++
  const written = scan.text.slice(start, scan.at)
  return escaped ? (JSON.parse(written) as string) : written.slice(1, -1)
}

function scanObject(scan: Scan, path: string): void {
  const keys = new Set<string>()
  scan.at++
  while (skipSpace(scan) !== '}') {
    const key = scanText(scan)
    const place = path === '' ? key : `${path}.${key}`
    if (keys.has(key)) scan.found.push(place)
    keys.add(key)
    skipSpace(scan)
    scan.at++
    scanValue(scan, place)
    if (skipSpace(scan) === ',') scan.at++
  }
  scan.at++
}

function scanList(scan: Scan, path: string): void {
  scan.at++
  for (let index = 0; skipSpace(scan) !== ']'; index++) {
    scanValue(scan, `${path}[${index}]`)
    if (skipSpace(scan) === ',') scan.at++
  }
  scan.at++
}
