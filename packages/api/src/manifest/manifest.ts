/**
 * Manifests as people write them: YAML or JSON text with one or more documents, read as kubectl reads it, each value with the
 * place in the file where it stands.
 */
import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml'

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
  /** Characters before it, from the beginning of the text. */
  readonly offset: number
}

export type FieldPath = readonly (string | number)[]

export interface ManifestDocument {
  /** Name of the file, or `-` for standard input. */
  readonly source: string
  /** The document's value, as JSON. */
  readonly value: unknown
  /** Where the value at this path stands, or the nearest parent of it that exists. */
  locate(path: FieldPath): Position
}

export interface ManifestProblem extends Position {
  readonly source: string
  readonly message: string
}

export interface ParsedManifest {
  readonly documents: readonly ManifestDocument[]
  /** Syntax errors and repeated keys. Documents with a syntax error are left out. */
  readonly problems: readonly ManifestProblem[]
}

/** Numbers that kubectl reads as octal beside those of YAML 1.1. */
const NEW_OCTAL: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7]+$/,
  resolve: (text) => Number.parseInt(text.replace('0o', ''), 8),
}

/** YAML 1.1 without times and dates: those stay text for kubectl (checked against 1.32). */
function kubectlTags(tags: Tags): Tags {
  const isTime = (tag: Tags[number]): boolean =>
    typeof tag === 'string'
      ? ['timestamp', 'intTime', 'floatTime'].includes(tag)
      : tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME')
  return [NEW_OCTAL, ...tags.filter((tag) => !isTime(tag))]
}

export function parseManifests(text: string, source: string): ParsedManifest {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: kubectlTags,
    prettyErrors: false,
    stringKeys: false,
    logLevel: 'silent',
  })
  const problems: ManifestProblem[] = []
  const documents: ManifestDocument[] = []
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const { message, pos } of document.errors) {
      problems.push({ source, ...position(lines, pos[0]), message: sentence(message) })
    }
    if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) continue
    try {
      documents.push(...toDocuments(document, source, lines))
    } catch (error) {
      const message = sentence(error instanceof Error ? error.message : String(error))
      problems.push({ source, ...position(lines, document.range[0]), message })
    }
  }
  return { documents, problems }
}

/** The documents of one YAML document: none where it is empty, the items where it is a List. */
function toDocuments(document: Document, source: string, lines: LineCounter): ManifestDocument[] {
  const value: unknown = readValue(document)
  if (value === null || value === undefined) return []
  const locate = (path: FieldPath): Position => position(lines, offsetOf(document, path))
  const list = value as { kind?: unknown; items?: unknown }
  if (list.kind !== 'List' || !Array.isArray(list.items)) return [{ source, value, locate }]
  return list.items.map((item: unknown, index) => ({
    source,
    value: item,
    locate: (path: FieldPath) => locate(['items', index, ...path]),
  }))
}

/** The JSON of a document. @throws for an alias without anchor, a bomb of aliases, or one that contains itself. */
function readValue(document: Document): unknown {
  const value: unknown = document.toJS({ maxAliasCount: 100, mapAsMap: false })
  // What contains itself is no JSON; only an alias can make it so.
  let aliased = false
  visit(document, {
    Alias() {
      aliased = true
      return visit.BREAK
    },
  })
  if (aliased) JSON.stringify(value)
  return value
}

function offsetOf(document: Document, path: FieldPath): number {
  let node: unknown = document.contents
  for (const part of path) {
    const next = childOf(node, part)
    if (next === undefined) break
    node = next
  }
  const range = isPair(node) && isNode(node.key) ? node.key.range : isNode(node) ? node.range : null
  return range?.[0] ?? 0
}

/** The pair of a mapping (so that a key's own place is given) or the item of a sequence. */
function childOf(node: unknown, part: string | number): unknown {
  const collection = isPair(node) ? node.value : node
  if (!isCollection(collection)) return undefined
  if (typeof part === 'number') return collection.items[part]
  return collection.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === part,
  )
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col), offset }
}

function sentence(message: string): string {
  return message.split('\n')[0]?.trim() ?? message
}
