/** ValidatingAdmissionPolicies in force: every write is held against those that are about it, just before it is made. */
import { ApiStatusError, STATUS_CODES, type StatusReason } from '@sortie/machinery'
import { textsOf } from '../rbac/model.ts'
import type { Catalog } from '../registry/catalog.ts'
import { forbiddenObject } from '../registry/failures.ts'
import { type Fields, objectOf, textOf } from '../resources/pods/fields.ts'
import type { Authorizer } from '../server/authorization.ts'
import type { Store, StoredObject } from '../store/index.ts'
import { type Denial, evaluatePolicy } from './evaluation.ts'
import { matchesWrite } from './matching.ts'
import { BindingError, paramResource, paramsOf } from './params.ts'
import { type CompiledPolicy, compilePolicy } from './policy.ts'
import { ADMISSION_GROUP, POLICY_STORAGE } from './resources.ts'
import { sharedValues } from './values.ts'
import type { AdmittedWrite } from './write.ts'

export interface Admission {
  /** False where no policy is in force: nothing needs to be asked. */
  readonly isActive: boolean
  /**
   * Holds a write against the policies; what they warn of goes into `warnings`.
   * @throws ApiStatusError in the API server's words
   */
  review(write: AdmittedWrite, warnings: string[]): void
}

export interface AdmissionParts {
  readonly store: Store
  readonly catalog: Catalog
  readonly authorizer: Authorizer
}

interface Binding {
  readonly name: string
  readonly spec: Fields
}

interface PolicyInForce {
  readonly policy: CompiledPolicy
  readonly bindings: readonly Binding[]
}

/** Follows policies and bindings in the store from now on. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { store } = parts
  let inForce: readonly PolicyInForce[] | undefined
  const forget = (): void => {
    inForce = undefined
  }
  store.subscribe(POLICY_STORAGE.policies, forget)
  store.subscribe(POLICY_STORAGE.bindings, forget)
  const current = (): readonly PolicyInForce[] => {
    inForce ??= policiesInForce(store)
    return inForce
  }
  return {
    get isActive() {
      return current().length > 0
    },
    review(write, warnings) {
      // A policy cannot guard itself: a wrong one could never be mended.
      if (write.definition.group === ADMISSION_GROUP) return
      const denials: Verdict[] = []
      for (const one of current()) {
        for (const verdict of verdictsOf(parts, one, write)) {
          if (verdict.actions.includes('Warn')) warnings.push(warningText(verdict))
          if (verdict.actions.includes('Deny')) denials.push(verdict)
        }
      }
      const [first] = denials
      if (first !== undefined) throw refusal(write, first)
    },
  }
}

function policiesInForce(store: Store): readonly PolicyInForce[] {
  const bindings = Map.groupBy(store.list(POLICY_STORAGE.bindings), (binding) =>
    textOf(objectOf(binding, 'spec'), 'policyName'),
  )
  return store.list(POLICY_STORAGE.policies).flatMap((object) => {
    const { policy } = compilePolicy(object)
    const own = bindings.get(object.metadata.name)
    if (policy === undefined || own === undefined) return []
    return [{ policy: { ...policy, name: object.metadata.name }, bindings: own.map(bindingOf) }]
  })
}

function bindingOf(object: StoredObject): Binding {
  return { name: object.metadata.name, spec: objectOf(object, 'spec') }
}

/** One refusal, by which policy and binding, and what is to be done about it. */
interface Verdict extends Denial {
  readonly policy: string
  readonly binding?: string
  readonly actions: readonly string[]
}

function verdictsOf(
  parts: AdmissionParts,
  { policy, bindings }: PolicyInForce,
  write: AdmittedWrite,
): readonly Verdict[] {
  if (!matchesWrite(policy.constraints, write, parts.store)) return []
  const { paramKind } = policy
  const resource = paramKind === undefined ? undefined : paramResource(parts.catalog, paramKind)
  if (paramKind !== undefined && resource === undefined) {
    const [group, version] = paramKind.apiVersion.includes('/')
      ? paramKind.apiVersion.split('/')
      : ['', paramKind.apiVersion]
    const message = `failed to configure policy: failed to find resource referenced by paramKind: '${group}/${version}, Kind=${paramKind.kind}'`
    return configurationVerdicts(policy, { message, actions: ['Deny'] })
  }
  return bindings.flatMap((binding) => {
    if (!matchesWrite(objectOf(binding.spec, 'matchResources'), write, parts.store)) return []
    const actions = textsOf(binding.spec, 'validationActions')
    try {
      const params =
        resource === undefined
          ? [null]
          : paramsOf({
              store: parts.store,
              resource,
              reference: binding.spec['paramRef'],
              namespace: write.namespace,
            })
      const shared = sharedValues(parts, write)
      return params
        .flatMap((one) => evaluatePolicy(policy, { shared, params: one }))
        .map((denial) => ({ ...denial, policy: policy.name, binding: binding.name, actions }))
    } catch (error) {
      if (!(error instanceof BindingError)) throw error
      const message = `failed to configure binding: ${error.message}`
      return configurationVerdicts(policy, { message, actions, binding: binding.name })
    }
  })
}

function configurationVerdicts(
  { name, ignoresFailures }: CompiledPolicy,
  verdict: Omit<Verdict, 'policy' | 'reason'>,
): readonly Verdict[] {
  return ignoresFailures ? [] : [{ ...verdict, policy: name, reason: 'Invalid' }]
}

function warningText({ policy, binding, message }: Verdict): string {
  return `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`
}

function refusal(write: AdmittedWrite, verdict: Verdict): ApiStatusError {
  const by = verdict.binding === undefined ? '' : ` with binding '${verdict.binding}'`
  const message = `ValidatingAdmissionPolicy '${verdict.policy}'${by} denied request: ${verdict.message}`
  const name = write.name || write.object?.metadata.name || 'Unknown'
  const { status } = forbiddenObject(write.definition, name, message)
  const code = STATUS_CODES[verdict.reason as StatusReason] ?? STATUS_CODES.Invalid
  const details = { ...status.details, causes: [{ message }] }
  return new ApiStatusError({ ...status, reason: verdict.reason, code, details })
}
