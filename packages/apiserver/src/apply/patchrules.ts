/**
 * How the fields of built-in kinds merge under a strategic merge patch, for servers without their
 * full schemas.
 */

export interface PatchRule {
  /** A list merges item by item. */
  readonly merges: boolean
  /** An object is replaced whole. */
  readonly replaces: boolean
  /** What tells the items of a merged list apart; without it they are scalars. */
  readonly key: string | undefined
}

const ATOMIC: PatchRule = { merges: false, replaces: false, key: undefined }
const SCALARS: PatchRule = { merges: true, replaces: false, key: undefined }

function keyed(key: string): PatchRule {
  return { merges: true, replaces: false, key }
}

/** By field, or by `parent.field` where the same name means different things. */
const RULES: ReadonlyMap<string, PatchRule> = new Map([
  ['finalizers', SCALARS],
  ['ownerReferences', keyed('uid')],
  ['conditions', keyed('type')],
  ['addresses', keyed('type')],
  ['subsets.addresses', ATOMIC],
  ['taints', ATOMIC],
  ['podCIDRs', SCALARS],
  ['containers', keyed('name')],
  ['initContainers', keyed('name')],
  ['ephemeralContainers', keyed('name')],
  ['env', keyed('name')],
  ['volumes', keyed('name')],
  ['volumeMounts', keyed('mountPath')],
  ['volumeDevices', keyed('devicePath')],
  ['containers.ports', keyed('containerPort')],
  ['initContainers.ports', keyed('containerPort')],
  ['ephemeralContainers.ports', keyed('containerPort')],
  ['spec.ports', keyed('port')],
  ['status.ports', ATOMIC],
  ['imagePullSecrets', keyed('name')],
  ['secrets', keyed('name')],
  ['hostAliases', keyed('ip')],
  ['topologySpreadConstraints', keyed('topologyKey')],
  ['resourceClaims', keyed('name')],
  ['schedulingGates', keyed('name')],
  ['podIPs', keyed('ip')],
  ['hostIPs', ATOMIC],
  ['volumesAttached', ATOMIC],
  ['webhooks', keyed('name')],
  ['validations', ATOMIC],
  ['spec.volumeAttributes', ATOMIC],
])

/** The rule of a field of a built-in kind, by its name and the name of the field that it is in. */
export function builtInRule(field: string, parent: string): PatchRule {
  return RULES.get(`${parent}.${field}`) ?? RULES.get(field) ?? ATOMIC
}
