/** Which subresource answers what. */
import { type ApiStatusError, statusError } from '@sortie/machinery'
import type { Verb } from '../../registry/definition.ts'
import { pathNotFound } from '../../registry/failures.ts'
import type { Answer } from '../answer.ts'
import type { Call } from '../call.ts'
import { bindPod } from './binding.ts'
import { evictPod } from './eviction.ts'
import { finalizeNamespace } from './finalize.ts'
import { answerLog } from './log.ts'
import { answerReview, isReview } from './reviews.ts'
import { answerScale } from './scale.ts'
import { answerTokenRequest } from './token.ts'

export type Handler = (call: Call) => Answer | Promise<Answer>

interface Entry {
  readonly verbs: readonly Verb[]
  readonly handler: Handler
}

/** By storage and name. */
const SUBRESOURCES: ReadonlyMap<string, Entry> = new Map([
  ['pods/binding', { verbs: ['create'], handler: bindPod }],
  ['pods/eviction', { verbs: ['create'], handler: evictPod }],
  ['pods/log', { verbs: ['get'], handler: answerLog }],
  ['serviceaccounts/token', { verbs: ['create'], handler: answerTokenRequest }],
  ['namespaces/finalize', { verbs: ['update'], handler: finalizeNamespace }],
])
/** What leads into a container or through a node: there may be no process behind either. */
const WAYS_IN: ReadonlySet<string> = new Set([
  'pods/attach',
  'pods/ephemeralcontainers',
  'pods/exec',
  'pods/portforward',
  'pods/proxy',
  'nodes/proxy',
  'services/proxy',
])
const SCALE: Entry = { verbs: ['get', 'patch', 'update'], handler: answerScale }

/** The handler of a subresource other than status; undefined where there is none. */
export function subresourceEntry({ definition, path }: Call): Entry | undefined {
  if (path.subresource === 'scale' && definition.scale !== undefined) return SCALE
  return SUBRESOURCES.get(`${definition.storage}/${path.subresource}`)
}

/** The refusal of a subresource that has no handler; of one that a client of Kubernetes looks for it says who lacks it. */
export function missingSubresource({ definition, path }: Call): ApiStatusError {
  const name = `${definition.storage}/${path.subresource}`
  if (!WAYS_IN.has(name)) return pathNotFound()
  return statusError('NotFound', {
    message: `the embedded API server does not serve ${name}`,
    details: {},
  })
}

/** The handler of a resource that is asked, not kept; undefined for all others. */
export function virtualHandler({ definition }: Call): Handler | undefined {
  if (definition.storage === 'bindings') return bindPod
  const isAsked =
    definition.group.startsWith('authentication') || definition.group.startsWith('authorization')
  return isAsked && isReview(definition.plural) ? answerReview : undefined
}
