/** Bodies of requests: JSON of a limited size. */
import type { IncomingMessage } from 'node:http'
import { LIMITS } from '@sortie/api'
import { type ApiStatusError, type JsonValue, statusError } from '@sortie/machinery'

/** Largest body, in bytes; a mission may have all that an object may. */
export const MAX_BODY_BYTES = 1024 * 1024
export const MAX_MISSION_BYTES = LIMITS.objectBytes
const MAX_DEPTH = 64

/**
 * The whole body as JSON; undefined where there is none.
 * @throws ApiStatusError RequestEntityTooLarge as soon as it is known to be, BadRequest where it is no JSON
 */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number = MAX_BODY_BYTES,
): Promise<JsonValue | undefined> {
  const bytes = await readBody(request, maxBytes)
  if (bytes.length === 0) return undefined
  let value: JsonValue
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonValue
  } catch {
    throw statusError('BadRequest', { message: 'the body is no JSON' })
  }
  if (isDeeperThan(value, MAX_DEPTH)) {
    throw statusError('BadRequest', { message: `the body is nested more than ${MAX_DEPTH} deep` })
  }
  return value
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes))
      return
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else reject(tooLarge(maxBytes))
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new Error('the client went away'))
    })
  })
}

function tooLarge(maxBytes: number): ApiStatusError {
  const message = `the body has more than ${maxBytes} bytes, which is what is taken here`
  return statusError('RequestEntityTooLarge', { message })
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  return Object.values(value).some((child) => isDeeperThan(child, depth - 1))
}
