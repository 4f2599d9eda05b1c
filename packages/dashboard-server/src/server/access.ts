/** What a person may do, for buttons: asked with their own credentials, and remembered for half a minute. */
import type { AccessAnswer, AccessQuestion } from '@sortie/api'
import type { Clock } from '@sortie/machinery'
import type { Session } from '../session/sessions.ts'
import { askAccess, parseQuestions } from './api.ts'

const KEEP_MILLIS = 30_000
/** Answers that are remembered for one session. */
const MAX_KEPT = 1_000

interface Kept {
  readonly answer: AccessAnswer
  readonly until: number
}

const answersOf = new WeakMap<Session, Map<string, Kept>>()

/** @throws ApiStatusError BadRequest where the body is no list of questions */
export async function accessAnswers(
  session: Session,
  clock: Clock,
  body: unknown,
): Promise<readonly AccessAnswer[]> {
  const questions = parseQuestions(body)
  const kept = answersOf.get(session) ?? new Map<string, Kept>()
  answersOf.set(session, kept)
  const now = clock.monotonic()
  const known = questions.map((question) => {
    const found = kept.get(keyOf(question))
    return found !== undefined && found.until > now ? found.answer : undefined
  })
  const open = questions.filter((_question, index) => known[index] === undefined)
  const answers = await askAccess(session.principal, open)
  if (kept.size + open.length > MAX_KEPT) kept.clear()
  for (const [index, question] of open.entries()) {
    const asked = answers[index]
    if (asked?.isAnswered !== true) continue
    kept.set(keyOf(question), { answer: asked.answer, until: now + KEEP_MILLIS })
  }
  const fresh = answers.values()
  return known.map((answer) => answer ?? fresh.next().value?.answer ?? { allowed: false })
}

function keyOf(question: AccessQuestion): string {
  return JSON.stringify([
    question.verb,
    question.group,
    question.resource,
    question.subresource,
    question.namespace,
    question.name,
  ])
}
