/** What the person may do, asked of the API server and kept for half a minute. Questions of one turn go in one request. */
import type { AccessAnswer, AccessQuestion } from '@sortie/api'
import { GROUP } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import { type ComputedRef, computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from 'vue'
import { clock } from '../clock.ts'
import type { Plural } from './kube.ts'
import { request } from './request.ts'

const KEEP_MILLIS = 30_000
const MOST_AT_ONCE = 50

interface Waiting {
  readonly question: AccessQuestion
  readonly answer: (answer: AccessAnswer) => void
}

const answers = new Map<string, { readonly at: Instant; readonly answer: Promise<AccessAnswer> }>()
let waiting: Waiting[] = []

/** No answer is no. */
export function mayI(question: AccessQuestion): Promise<AccessAnswer> {
  const key = JSON.stringify(question)
  const now = clock.monotonic()
  const kept = answers.get(key)
  if (kept !== undefined && now - kept.at < KEEP_MILLIS) return kept.answer
  const answer = new Promise<AccessAnswer>((resolve) => {
    if (waiting.length === 0) queueMicrotask(() => void askAll())
    waiting.push({ question, answer: resolve })
  })
  answers.set(key, { at: now, answer })
  return answer
}

/** Forgets what was answered: another person has signed in. */
export function forgetAccess(): void {
  answers.clear()
}

async function askAll(): Promise<void> {
  const all = waiting
  waiting = []
  for (let from = 0; from < all.length; from += MOST_AT_ONCE) {
    await ask(all.slice(from, from + MOST_AT_ONCE))
  }
}

async function ask(some: readonly Waiting[]): Promise<void> {
  const questions = some.map((one) => one.question)
  try {
    const given = await request<readonly AccessAnswer[]>('/api/access', {
      method: 'POST',
      body: questions,
    })
    for (const [index, one] of some.entries()) one.answer(given[index] ?? { allowed: false })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    for (const one of some) one.answer({ allowed: false, reason })
    for (const question of questions) answers.delete(JSON.stringify(question))
  }
}

export interface ActionOn {
  readonly verb: string
  readonly plural: Plural
  readonly namespace?: string
  readonly name?: string
}

/** Whether the person may do something; false until the answer is there. */
export function useMay(action: MaybeRefOrGetter<ActionOn | undefined>): ComputedRef<boolean> {
  const allowed = shallowRef(false)
  const question = computed(() => {
    const wanted = toValue(action)
    return wanted === undefined ? undefined : JSON.stringify(questionOf(wanted))
  })
  // By its text: an object that is made anew with each change of a row asks nothing new, and nothing may vanish meanwhile.
  watch(
    question,
    (asked, _before, onCleanup) => {
      let isCurrent = true
      onCleanup(() => {
        isCurrent = false
      })
      allowed.value = false
      if (asked === undefined) return
      void mayI(JSON.parse(asked) as AccessQuestion).then((answer) => {
        if (isCurrent) allowed.value = answer.allowed
      })
    },
    { immediate: true },
  )
  return computed(() => allowed.value)
}

function questionOf({ verb, plural, namespace, name }: ActionOn): AccessQuestion {
  return {
    verb,
    group: plural === 'pods' || plural === 'nodes' ? '' : GROUP,
    resource: plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}
