/** How a pod will play out: everything that chance and rules decide, settled once from the pod and its uid. */
import { ANNOTATIONS } from '@sortie/api'
import type { Container, Pod, Random } from '@sortie/machinery'
import { durationProblem, parseDuration, seededRandom, stableHash } from '@sortie/machinery'
import type { ContainerRole, FleetSpec, PlayMatch, PlayRule, Span } from '../spec/fleetspec.ts'
import { type OutputLine, runCommand } from './shell.ts'

export interface ContainerScript {
  readonly name: string
  readonly image: string
  readonly role: ContainerRole
  readonly pullMs: number
  /** The waiting reason of a failed pull. */
  readonly pullError?: string
  /** How many pulls fail; Infinity where all do. */
  readonly pullFailures: number
  readonly startDelayMs: number
  /** Infinity where it runs until it is stopped. */
  readonly durationMs: number
  readonly exitCode: number
  readonly output: readonly OutputLine[]
  /** How long it lives on after SIGTERM; Infinity where it ignores it. */
  readonly terminationMs: number
}

export interface PodScript {
  /** Init containers in order, then the others. */
  readonly containers: readonly ContainerScript[]
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly deadlineMs?: number
  readonly evictAfterMs?: number
}

/** Annotations on a pod that direct its play. A container's own one has its name behind a dot. */
export const PLAY_ANNOTATIONS = {
  /** `30s`, or `forever`. */
  duration: 'fleet.sortie/duration',
  exitCode: 'fleet.sortie/exit-code',
  /** Attempts, counted from the first, that fail with exit code 1 (or the one given). */
  failAttempts: 'fleet.sortie/fail-attempts',
  startDelay: 'fleet.sortie/start-delay',
  /** How long containers live on after SIGTERM: `2s`, or `ignore`. */
  termination: 'fleet.sortie/termination',
} as const

/** How long a main container runs of which nothing says how long. */
const DEFAULT_DURATION_MS = 5_000
const UNREACHABLE_HOST = '.invalid'

/** Writes the script of a pod; the same pod and rules always give the same one. */
export function writeScript(pod: Pod, rules: FleetSpec['rules']): PodScript {
  const random = seededRandom(seedOf(pod))
  const chances = rules.map((rule) => (rule.match.chance === undefined ? 0 : random.next()))
  const drawn = rules.filter((rule, index) => (chances[index] ?? 0) < (rule.match.chance ?? 1))
  const context: ScriptContext = { pod, rules: drawn, random }
  const containers = [
    ...(pod.spec.initContainers ?? []).map((container) =>
      writeContainer(context, container, container.restartPolicy === 'Always' ? 'sidecar' : 'init'),
    ),
    ...pod.spec.containers.map((container) => writeContainer(context, container, 'main')),
  ]
  const evict = drawn.find(
    (rule) => rule.evictAfter !== undefined && matchesPod(rule.match, pod),
  )?.evictAfter
  const deadline = pod.spec.activeDeadlineSeconds
  return {
    containers,
    restartPolicy: restartPolicyOf(pod),
    ...(deadline === undefined ? {} : { deadlineMs: deadline * 1000 }),
    ...(evict === undefined ? {} : { evictAfterMs: draw(evict, random) }),
  }
}

interface ScriptContext {
  readonly pod: Pod
  readonly rules: readonly PlayRule[]
  readonly random: Random
}

function seedOf(pod: Pod): number {
  return Number.parseInt(stableHash(pod.metadata.uid ?? pod.metadata.name ?? ''), 36) >>> 0
}

function restartPolicyOf(pod: Pod): PodScript['restartPolicy'] {
  const policy = pod.spec.restartPolicy
  return policy === 'Never' || policy === 'OnFailure' ? policy : 'Always'
}

function writeContainer(
  context: ScriptContext,
  container: Container,
  role: ContainerRole,
): ContainerScript {
  const { pod, random } = context
  const rules = context.rules.filter(({ match }) =>
    matchesContainer(match, pod, { container, role }),
  )
  const said = <Field extends keyof PlayRule>(field: Field): PlayRule[Field] | undefined =>
    rules.find((rule) => rule[field] !== undefined)?.[field]
  const command = playCommand(container)
  const annotated = (name: string): string | undefined =>
    annotationFor(pod, name, { container: container.name, role })
  const pull = said('pull')
  const startDelay = annotatedMs(annotated(PLAY_ANNOTATIONS.startDelay)) ?? said('startDelay')
  const image = container.image ?? ''
  const pullError = said('pullError') ?? imageProblem(image)
  return {
    name: container.name,
    image,
    role,
    pullMs: draw(pull, random),
    ...(pullError === undefined ? {} : { pullError }),
    pullFailures: pullError === undefined ? 0 : (said('pullFailures') ?? Number.POSITIVE_INFINITY),
    startDelayMs: draw(startDelay, random),
    durationMs: durationOf(annotated(PLAY_ANNOTATIONS.duration) ?? said('duration'), {
      command,
      role,
      random,
    }),
    exitCode: failsByAttempt(pod, role)
      ? failureCode(annotated(PLAY_ANNOTATIONS.exitCode) ?? said('exitCode'))
      : exitCodeOf(pod, {
          said: annotated(PLAY_ANNOTATIONS.exitCode) ?? said('exitCode'),
          command,
        }),
    output: said('output')?.map((text) => ({ at: 0, text })) ?? command.output,
    terminationMs: terminationOf(
      annotated(PLAY_ANNOTATIONS.termination) ?? said('termination'),
      random,
    ),
  }
}

type Command = ReturnType<typeof runCommand>

function playCommand(container: Container): Command {
  const env: Record<string, string> = {}
  for (const { name, value } of container.env ?? []) if (value !== undefined) env[name] = value
  const words = [...(container.command ?? []), ...(container.args ?? [])]
  return runCommand(words, env)
}

/** An annotation without a container's name is for the main containers. */
function annotationFor(
  pod: Pod,
  name: string,
  of: { readonly container: string; readonly role: ContainerRole },
): string | undefined {
  const annotations = pod.metadata.annotations
  return (
    annotations?.[`${name}.${of.container}`] ??
    (of.role === 'main' ? annotations?.[name] : undefined)
  )
}

function annotatedMs(text: string | undefined): Span | undefined {
  if (text === undefined || durationProblem(text) !== undefined) return undefined
  const ms = Math.max(0, parseDuration(text))
  return { min: ms, max: ms }
}

function durationOf(
  said: string | Span | undefined,
  of: { readonly command: Command; readonly role: ContainerRole; readonly random: Random },
): number {
  if (said === 'forever') return Number.POSITIVE_INFINITY
  const span = typeof said === 'string' ? annotatedMs(said) : said
  if (span !== undefined) return draw(span, of.random)
  if (of.command.timed) return of.command.durationMs
  if (of.role === 'sidecar') return Number.POSITIVE_INFINITY
  return of.role === 'init' ? 0 : DEFAULT_DURATION_MS
}

function failsByAttempt(pod: Pod, role: ContainerRole): boolean {
  const failing = Number(pod.metadata.annotations?.[PLAY_ANNOTATIONS.failAttempts] ?? 0)
  return role === 'main' && attemptOf(pod) < failing
}

/** A code that says failure: what is no exit code, or the one of success, becomes 1. */
function failureCode(said: string | number | undefined): number {
  const code = Number(said ?? 1)
  return (Number.isInteger(code) ? code & 0xff : 1) || 1
}

function exitCodeOf(
  pod: Pod,
  of: { readonly said: string | number | undefined; readonly command: Command },
): number {
  const byAttempt = pod.metadata.annotations?.[PLAY_ANNOTATIONS.failAttempts] !== undefined
  const code = Number(byAttempt ? of.command.exitCode : (of.said ?? of.command.exitCode))
  return Number.isInteger(code) ? code & 0xff : 1
}

function attemptOf(pod: Pod): number {
  return Number(pod.metadata.annotations?.[ANNOTATIONS.attempt] ?? 0)
}

function terminationOf(said: string | Span | undefined, random: Random): number {
  if (said === 'ignore') return Number.POSITIVE_INFINITY
  return draw(typeof said === 'string' ? annotatedMs(said) : said, random)
}

/** The waiting reason of an image that can't be had: the registry's name does not resolve, or the name is no image's. */
function imageProblem(image: string): string | undefined {
  if (image === '' || /[\sA-Z]/.test(image.split(/[:@]/)[0] ?? '')) return 'InvalidImageName'
  const host = image.includes('/') ? (image.split('/')[0]?.split(':')[0] ?? '') : ''
  return host.endsWith(UNREACHABLE_HOST) ? 'ErrImagePull' : undefined
}

function draw(span: Span | undefined, random: Random): number {
  if (span === undefined) return 0
  return span.min === span.max
    ? span.min
    : Math.round(span.min + random.next() * (span.max - span.min))
}

function matchesContainer(
  match: PlayMatch,
  pod: Pod,
  of: { readonly container: Container; readonly role: ContainerRole },
): boolean {
  return (
    matchesPod(match, pod) &&
    matchesText(match.container, of.container.name) &&
    matchesText(match.image, of.container.image ?? '') &&
    (match.role === undefined || match.role === of.role)
  )
}

function matchesPod(match: PlayMatch, pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {}
  return (
    matchesText(match.namespace, pod.metadata.namespace ?? '') &&
    matchesText(match.node, pod.spec.nodeName ?? '') &&
    Object.entries(match.labels ?? {}).every(([key, value]) => labels[key] === value)
  )
}

/** `*` in the pattern matches any characters; no pattern matches all. */
export function matchesText(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true
  if (!pattern.includes('*')) return pattern === text
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}
