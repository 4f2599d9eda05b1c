/** Kubernetes' authorization library: what a user may do, asked in an expression. */
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { Opaque } from '../values.ts'

/** What is asked: a resource, or a path. */
export interface AccessQuestion {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly path?: string
}

export interface AccessAnswer {
  readonly allowed: boolean
  readonly reason?: string
}

/** Answers for one user. */
export type AskAccess = (question: AccessQuestion) => AccessAnswer

/** The variable `authorizer`. */
export class AuthorizerValue extends Opaque {
  readonly kind = 'authorizer'
  readonly ask: AskAccess
  readonly #asAccount: (namespace: string, name: string) => AskAccess

  /** @param asAccount answers for a service account instead */
  constructor(ask: AskAccess, asAccount: (namespace: string, name: string) => AskAccess) {
    super()
    this.ask = ask
    this.#asAccount = asAccount
  }

  serviceAccount(namespace: string, name: string): AuthorizerValue {
    return new AuthorizerValue(this.#asAccount(namespace, name), this.#asAccount)
  }

  equals(other: unknown): boolean {
    return other === this
  }
}

type Asked = Omit<AccessQuestion, 'verb'>

const NOWHERE: Asked = { group: '', resource: '', subresource: '', namespace: '', name: '' }

/** A question without its verb: of a path, a group, or a resource. */
export class CheckValue extends Opaque {
  readonly kind: 'groupCheck' | 'pathCheck' | 'resourceCheck'
  readonly ask: AskAccess
  readonly asked: Asked

  constructor(kind: CheckValue['kind'], ask: AskAccess, asked: Partial<Asked>) {
    super()
    this.kind = kind
    this.ask = ask
    this.asked = { ...NOWHERE, ...asked }
  }

  with(more: Partial<Asked>): CheckValue {
    return new CheckValue('resourceCheck', this.ask, { ...this.asked, ...more })
  }

  check(verb: string): DecisionValue {
    return new DecisionValue(this.ask({ ...this.asked, verb }))
  }

  equals(other: unknown): boolean {
    return other === this
  }
}

class DecisionValue extends Opaque {
  readonly kind = 'decision'
  readonly answer: AccessAnswer

  constructor(answer: AccessAnswer) {
    super()
    this.answer = answer
  }

  equals(other: unknown): boolean {
    return other === this
  }
}

function pathCheck(authorizer: AuthorizerValue, path: string): CheckValue {
  if (path.trim() === '') throw new CelError('path must not be empty')
  return new CheckValue('pathCheck', authorizer.ask, { path })
}

/** What a question costs, as the API server has it: an authorizer may be far away. */
const CHECK_COST = { cost: () => 350_000 } as const

export const AUTHORIZATION: readonly Overload[] = [
  define('authorizer.path(string): pathCheck', pathCheck),
  define(
    'authorizer.group(string): groupCheck',
    (authorizer: AuthorizerValue, group: string) =>
      new CheckValue('groupCheck', authorizer.ask, { group }),
  ),
  define(
    'authorizer.serviceAccount(string, string): authorizer',
    (authorizer: AuthorizerValue, namespace: string, name: string) =>
      authorizer.serviceAccount(namespace, name),
  ),
  define('groupCheck.resource(string): resourceCheck', (check: CheckValue, resource: string) =>
    check.with({ resource }),
  ),
  define(
    'resourceCheck.subresource(string): resourceCheck',
    (check: CheckValue, subresource: string) => check.with({ subresource }),
  ),
  define('resourceCheck.namespace(string): resourceCheck', (check: CheckValue, namespace: string) =>
    check.with({ namespace }),
  ),
  define('resourceCheck.name(string): resourceCheck', (check: CheckValue, name: string) =>
    check.with({ name }),
  ),
  define(
    'pathCheck.check(string): decision',
    (check: CheckValue, verb: string) => check.check(verb),
    CHECK_COST,
  ),
  define(
    'resourceCheck.check(string): decision',
    (check: CheckValue, verb: string) => check.check(verb),
    CHECK_COST,
  ),
  define('decision.allowed(): bool', ({ answer }: DecisionValue) => answer.allowed),
  define('decision.reason(): string', ({ answer }: DecisionValue) => answer.reason ?? ''),
  define('decision.errored(): bool', () => false),
  define('decision.error(): string', () => ''),
]
