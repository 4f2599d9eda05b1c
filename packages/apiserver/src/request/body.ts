/** Request bodies: JSON, YAML or protobuf bytes, or a JSON value handed over in-process. */
import { isJsonObject, statusError } from '@sortie/machinery'
import { parse as parseYaml, type Tags } from 'yaml'
import { decodeProtobuf, isProtobufBody, PROTOBUF_MEDIA_TYPE } from '../protobuf/index.ts'
import { badRequest } from '../registry/failures.ts'

/** How deep a JSON body may nest: deeper ones cost more than they can be worth. */
export const MAX_NESTING = 64

/**
 * The value of a body.
 * @throws ApiStatusError BadRequest where it cannot be read, UnsupportedMediaType for a type that is not known
 */
export function decodeBody(body: unknown, mediaType: string): unknown {
  if (!(body instanceof Uint8Array) && typeof body !== 'string') return body
  if (body instanceof Uint8Array && (mediaType === PROTOBUF_MEDIA_TYPE || isProtobufBody(body))) {
    return decodeProtobuf(body)
  }
  const text = typeof body === 'string' ? body : decodeText(body)
  if (mediaType.endsWith('json') || mediaType === '') return decodeJson(text)
  if (mediaType.endsWith('yaml')) return decodeYaml(text)
  throw unsupportedMediaType(['application/json', 'application/yaml', PROTOBUF_MEDIA_TYPE])
}

/** The text of a body that is JSON; undefined for every other, and for values that came without bytes. */
export function jsonText(body: unknown, mediaType: string): string | undefined {
  if (!mediaType.endsWith('json') && mediaType !== '') return undefined
  if (typeof body === 'string') return body
  return body instanceof Uint8Array && !isProtobufBody(body) ? decodeText(body) : undefined
}

export function unsupportedMediaType(accepted: readonly string[]): Error {
  return statusError('UnsupportedMediaType', {
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  })
}

/** `application/json` of `application/json; charset=utf-8`. */
export function mediaTypeOf(contentType: string | undefined): string {
  const [type = ''] = (contentType ?? '').split(';')
  return type.trim().toLowerCase()
}

function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function decodeJson(text: string): unknown {
  checkNesting(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`invalid JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** `y` is true and `010` is eight, as the API server reads them; times stay the texts that they are. */
function withoutTimes(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return true
    const isTime = 'format' in tag && tag.format === 'TIME'
    return !isTime && tag.tag !== 'tag:yaml.org,2002:timestamp'
  })
}

function decodeYaml(text: string): unknown {
  let value: unknown
  try {
    value = parseYaml(text, {
      version: '1.1',
      schema: 'yaml-1.1',
      customTags: withoutTimes,
      maxAliasCount: 0,
      prettyErrors: false,
      logLevel: 'error',
    })
  } catch (error) {
    throw badRequest(
      `error decoding YAML: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  checkValueNesting(value)
  return value
}

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const CLOSE_BRACE = 0x7d
const CLOSE_BRACKET = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Counts brackets outside strings, before anything recursive sees the text. */
function checkNesting(text: string): void {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = endOfString(text, index)
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_NESTING) throw tooDeep()
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}

/** @throws ApiStatusError BadRequest for a value that nests deeper than a body may */
export function checkValueNesting(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= MAX_NESTING) throw tooDeep()
  const children = Array.isArray(value) ? value : Object.values(value)
  for (const child of children) checkValueNesting(child, depth + 1)
}

function tooDeep(): Error {
  return badRequest(`exceeded max depth: the body nests deeper than ${MAX_NESTING} levels`)
}

/** The fields of a body that is an object. @throws ApiStatusError BadRequest for every other value */
export function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (isJsonObject(value)) return value
  throw badRequest('the body of the request is no object')
}
