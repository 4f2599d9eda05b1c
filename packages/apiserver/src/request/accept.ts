/** What a client wants its answer to be. */

export type OutputForm = 'object' | 'table' | 'partial'

export interface Accepted {
  readonly form: OutputForm
  /** Version of the Table or PartialObjectMetadata that was asked for. */
  readonly version: 'v1' | 'v1beta1'
  /** False where only something that the server does not write was asked for. */
  readonly acceptable: boolean
}

export const JSON_OBJECT: Accepted = { form: 'object', version: 'v1', acceptable: true }
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', '*/*', 'application/*', ''])

/** The first entry of an Accept header that the server can satisfy, as the API server goes through it. */
export function parseAccept(header: string | undefined): Accepted {
  if (header === undefined || header === '' || header === 'application/json') return JSON_OBJECT
  for (const entry of header.split(',')) {
    const accepted = parseEntry(entry)
    if (accepted !== undefined) return accepted
  }
  return { form: 'object', version: 'v1', acceptable: false }
}

function parseEntry(entry: string): Accepted | undefined {
  const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
  if (!JSON_TYPES.has(type.toLowerCase())) return undefined
  const values = new Map(parameters.map((one) => one.split('=') as [string, string]))
  const as = values.get('as')
  if (as === undefined) return JSON_OBJECT
  if (values.get('g') !== 'meta.k8s.io') return undefined
  const version = values.get('v')
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'Table') return { form: 'table', version, acceptable: true }
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    return { form: 'partial', version, acceptable: true }
  }
  return undefined
}
