/** The requests below `/api/`, but for the stream and the proxy. */
import {
  type AccessAnswer,
  type AccessQuestion,
  KINDS,
  rootSchema,
  type SessionInfo,
} from '@sortie/api'
import { type ApiStatusError, isJsonObject, statusError } from '@sortie/machinery'
import { mayI } from '../access/reviews.ts'
import type { Principal } from '../session/principals.ts'
import type { DashboardServerOptions } from './options.ts'

const MAX_QUESTIONS = 50
const QUESTION_FIELDS = ['verb', 'group', 'resource', 'subresource', 'namespace', 'name'] as const

export async function sessionInfo(
  { mode, server, namespace = 'default', simulated = false }: DashboardServerOptions,
  { user, client, namespaces }: Principal,
): Promise<SessionInfo> {
  const [version, known] = await Promise.all([versionOf(client), namespaces()])
  return {
    user,
    mode,
    server,
    ...(version === undefined ? {} : { version }),
    ...(known === undefined ? {} : { namespaces: known }),
    namespace,
    // The embedded API server says so itself, whoever connects to it.
    simulated: simulated || version?.includes('+sortie') === true,
  }
}

async function versionOf(client: Principal['client']): Promise<string | undefined> {
  try {
    const { body } = await client.raw({ method: 'GET', path: '/version' })
    return (body as { readonly gitVersion?: string }).gitVersion
  } catch {
    return undefined
  }
}

/** @throws ApiStatusError BadRequest where it is no list of questions */
export function parseQuestions(body: unknown): readonly AccessQuestion[] {
  if (!Array.isArray(body) || body.length > MAX_QUESTIONS) {
    throw badQuestions(`a list of at most ${MAX_QUESTIONS} questions is needed`)
  }
  return body.map((question: unknown, index) => {
    if (!isJsonObject(question)) throw badQuestions(`question ${index} is no object`)
    const fields = QUESTION_FIELDS.flatMap((name) => {
      const value = question[name]
      if (value === undefined) return []
      if (typeof value !== 'string') throw badQuestions(`question ${index}: ${name} is no text`)
      return [[name, value] as const]
    })
    return Object.fromEntries(fields) as unknown as AccessQuestion
  })
}

function badQuestions(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}

interface Asked {
  readonly answer: AccessAnswer
  /** False where none came: that may be otherwise a moment later. */
  readonly isAnswered: boolean
}

/** No answer is no: a button that is not there harms nobody. */
export async function askAccess(
  { client }: Principal,
  questions: readonly AccessQuestion[],
): Promise<readonly Asked[]> {
  return Promise.all(
    questions.map(async (question) => {
      try {
        return { answer: await mayI(client, question), isAnswered: true }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        return { answer: { allowed: false, reason }, isAnswered: false }
      }
    }),
  )
}

/** The structural schema of a kind, as its CRD has it; undefined for other kinds. */
export function schemaOf(kind: string): unknown {
  return KINDS.some(({ resource }) => resource.kind === kind) ? rootSchema(kind) : undefined
}
