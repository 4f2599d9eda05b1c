import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import { type Allowed, DEFAULT_ALLOWED } from './podallowlist.ts'
import { checkPodPolicy, podPolicyFor, refusedFields } from './podpolicy.ts'
import { formatPath } from './problem.ts'

const main = { name: 'main', image: 'busybox' }
const withPod = (spec: object) => ({ spec: { containers: [main], ...spec } })
const withContainer = (more: object) => ({ spec: { containers: [{ ...main, ...more }] } })
const withVolume = (source: object) => withPod({ volumes: [{ name: 'v', ...source }] })
const secured = (securityContext: object) => withContainer({ securityContext })

/** Ways out of a pod, each of which must be refused at the field that opens it. */
const ESCAPES: readonly (readonly [object, string])[] = [
  [withPod({ hostNetwork: true }), 'spec.hostNetwork'],
  [withPod({ hostPID: true }), 'spec.hostPID'],
  [withPod({ hostIPC: true }), 'spec.hostIPC'],
  [withPod({ hostUsers: true }), 'spec.hostUsers'],
  [withPod({ nodeName: 'n1' }), 'spec.nodeName'],
  [withPod({ serviceAccountName: 'admin' }), 'spec.serviceAccountName'],
  [withPod({ serviceAccount: 'admin' }), 'spec.serviceAccount'],
  [withPod({ automountServiceAccountToken: true }), 'spec.automountServiceAccountToken'],
  [withPod({ priorityClassName: 'system-node-critical' }), 'spec.priorityClassName'],
  [withPod({ priority: 2_000_000_000 }), 'spec.priority'],
  [withPod({ runtimeClassName: 'privileged' }), 'spec.runtimeClassName'],
  [withPod({ schedulerName: 'other' }), 'spec.schedulerName'],
  [withPod({ schedulingGates: [{ name: 'a' }] }), 'spec.schedulingGates'],
  [withPod({ resourceClaims: [{ name: 'gpu' }] }), 'spec.resourceClaims'],
  [withPod({ ephemeralContainers: [main] }), 'spec.ephemeralContainers'],
  [withPod({ overhead: { cpu: '1' } }), 'spec.overhead'],
  [withPod({ tolerations: [{ key: 'aircraft.mil/quarantine' }] }), 'spec.tolerations[0]'],
  [
    withPod({ securityContext: { sysctls: [{ name: 'a', value: 'b' }] } }),
    'spec.securityContext.sysctls',
  ],
  [
    withPod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    'spec.securityContext.seccompProfile.type',
  ],
  [
    withPod({ securityContext: { windowsOptions: { hostProcess: true } } }),
    'spec.securityContext.windowsOptions',
  ],
  [
    withPod({ securityContext: { seLinuxOptions: { type: 'spc_t' } } }),
    'spec.securityContext.seLinuxOptions',
  ],
  [withPod({ securityContext: [] }), 'spec.securityContext'],
  [withVolume({ hostPath: { path: '/' } }), 'spec.volumes[0].hostPath'],
  [withVolume({ hostPath: {} }), 'spec.volumes[0].hostPath'],
  [withVolume({ nfs: { server: 'a', path: '/' } }), 'spec.volumes[0].nfs'],
  [withVolume({ csi: { driver: 'a' } }), 'spec.volumes[0].csi'],
  [withVolume({ iscsi: {} }), 'spec.volumes[0].iscsi'],
  [withVolume({ flexVolume: { driver: 'a' } }), 'spec.volumes[0].flexVolume'],
  [withVolume({ image: { reference: 'a' } }), 'spec.volumes[0].image'],
  [
    withVolume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
    'spec.volumes[0].projected.sources[0].serviceAccountToken',
  ],
  [
    withVolume({ ephemeral: { volumeClaimTemplate: { metadata: { finalizers: ['a'] } } } }),
    'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata',
  ],
  [secured({ privileged: true }), 'spec.containers[0].securityContext.privileged'],
  [
    secured({ allowPrivilegeEscalation: true }),
    'spec.containers[0].securityContext.allowPrivilegeEscalation',
  ],
  [
    secured({ capabilities: { add: ['SYS_ADMIN'] } }),
    'spec.containers[0].securityContext.capabilities.add',
  ],
  [secured({ procMount: 'Unmasked' }), 'spec.containers[0].securityContext.procMount'],
  [
    secured({ appArmorProfile: { type: 'Unconfined' } }),
    'spec.containers[0].securityContext.appArmorProfile.type',
  ],
  [secured({ windowsOptions: {} }), 'spec.containers[0].securityContext.windowsOptions'],
  [
    withContainer({ ports: [{ containerPort: 1, hostPort: 80 }] }),
    'spec.containers[0].ports[0].hostPort',
  ],
  [
    withContainer({ ports: [{ containerPort: 1, hostIP: '1.1.1.1' }] }),
    'spec.containers[0].ports[0].hostIP',
  ],
  [
    withContainer({
      volumeMounts: [{ name: 'v', mountPath: '/', mountPropagation: 'Bidirectional' }],
    }),
    'spec.containers[0].volumeMounts[0].mountPropagation',
  ],
  [
    withContainer({ volumeDevices: [{ name: 'v', devicePath: '/dev/sda' }] }),
    'spec.containers[0].volumeDevices',
  ],
  [
    withContainer({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } }),
    'spec.containers[0].livenessProbe.httpGet.host',
  ],
  [
    withContainer({ lifecycle: { preStop: { httpGet: { host: 'a', port: 80 } } } }),
    'spec.containers[0].lifecycle.preStop.httpGet.host',
  ],
  [
    withContainer({ resources: { claims: [{ name: 'gpu' }] } }),
    'spec.containers[0].resources.claims',
  ],
  [
    { spec: { initContainers: [{ ...main, securityContext: { privileged: true } }] } },
    'spec.initContainers[0].securityContext.privileged',
  ],
  [{ metadata: { ownerReferences: [{ uid: 'a' }] }, spec: {} }, 'metadata.ownerReferences'],
  [{ metadata: { finalizers: ['a/b'] }, spec: {} }, 'metadata.finalizers'],
  [
    { metadata: { labels: { 'airforce.airforce.mil/gang': 'x' } }, spec: {} },
    'metadata.labels["airforce.airforce.mil/gang"]',
  ],
  [
    { metadata: { annotations: { 'aircraft.mil/type': 'x' } }, spec: {} },
    'metadata.annotations["aircraft.mil/type"]',
  ],
]

/** What the tree allows, as paths with `[]`; a plain value may hold one flat level more. */
function allowedPaths(allowed: Allowed, at = ''): readonly string[] {
  if (allowed === 'any') return [at, `${at}.*`, `${at}[]`]
  if ('only' in allowed) return [at]
  if ('items' in allowed) return [at, ...allowedPaths(allowed.items, `${at}[]`)]
  const below = Object.entries(allowed.fields).flatMap(([name, rule]) =>
    allowedPaths(rule, at === '' ? name : `${at}.${name}`),
  )
  return [at, ...below]
}

interface Place {
  readonly path: string
  /** The path as a policy writes it, with `[]` for every index. */
  readonly pattern: string
}

/** Every place in a pod that holds something. */
function places(value: JsonValue | undefined, at: Place): readonly Place[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object') return [at]
  const below = Object.entries(value).flatMap(([key, child]) => {
    const pattern = Array.isArray(value) ? `${at.pattern}[]` : `${at.pattern}.${key}`
    const path = at.path === '' ? key : `${at.path}/${key}`
    return places(child, { path, pattern: pattern.replace(/^\./, '') })
  })
  return [at, ...below]
}

describe('the policy for pods', () => {
  for (const [pod, at] of ESCAPES) {
    it(`refuses ${at}: ${JSON.stringify(pod).slice(0, 90)}`, () => {
      const found = checkPodPolicy(pod as never).map((entry) => formatPath(entry.path))
      assert.deepEqual(found, [at])
    })
  }

  it('lets an ordinary pod pass', () => {
    const pod = {
      metadata: { labels: { tier: 'sim' }, annotations: { note: 'x' } },
      spec: {
        restartPolicy: 'OnFailure',
        serviceAccountName: 'default',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        volumes: [
          { name: 'v', emptyDir: { sizeLimit: '1Gi' } },
          { name: 'c', configMap: { name: 'c' } },
        ],
        containers: [
          {
            ...main,
            command: ['sh'],
            env: [
              { name: 'A', value: 'b' },
              { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1' } },
            volumeMounts: [{ name: 'v', mountPath: '/data' }],
            livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 5 },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }],
          },
        },
        tolerations: [{ key: 'aircraft', operator: 'Exists' }],
      },
    }
    assert.deepEqual(checkPodPolicy(pod), [])
  })

  it('lets no field pass that is not listed', () => {
    const listed = new Set(allowedPaths(DEFAULT_ALLOWED))
    const words = [...new Set([...listed].flatMap((path) => path.split(/[.[\]]+/)))].filter(
      (word) => word !== '' && word !== '*',
    )
    const known = fc.constantFrom(
      ...words,
      'hostPath',
      'nodeName',
      'privileged',
      '__proto__',
      'add',
    )
    const { pod } = fc.letrec<{ pod: JsonValue }>((tie) => ({
      pod: fc.oneof(
        { maxDepth: 7, withCrossShrink: true },
        fc.constantFrom<JsonValue>('x', 1, true, false, null),
        fc.dictionary(known, tie('pod'), { maxKeys: 4 }),
        fc.array(tie('pod'), { maxLength: 3 }),
      ),
    }))
    const container = fc.dictionary(known, pod, { maxKeys: 5 })
    const specs = fc.record({
      spec: fc.record({ containers: fc.array(container, { maxLength: 2 }), volumes: pod }),
    })
    fc.assert(
      fc.property(fc.oneof(specs, fc.record({ metadata: pod, spec: pod })), (candidate) => {
        const refused = checkPodPolicy(candidate as never).map((found) => found.path.join('/'))
        for (const { path, pattern } of places(candidate as JsonValue, { path: '', pattern: '' })) {
          const parent = `${pattern.replace(/\.[^.]*$/, '')}.*`
          if (listed.has(pattern) || listed.has(parent)) continue
          assert.ok(
            refused.some((start) => path === start || path.startsWith(`${start}/`)),
            path,
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is widened by path, for the namespace that is named alone', () => {
    const policies = {
      everywhere: { allow: ['spec.volumes[].nfs'] },
      namespaces: { lab: { allow: ['spec.hostNetwork', 'spec.serviceAccountName=sim'] } },
    }
    const pod = withPod({
      hostNetwork: true,
      serviceAccountName: 'sim',
      volumes: [{ name: 'v', nfs: { server: 'a' } }],
    })
    assert.deepEqual(checkPodPolicy(pod, podPolicyFor(policies, 'lab')), [])
    const elsewhere = checkPodPolicy(pod, podPolicyFor(policies, 'default'))
    assert.equal(refusedFields(elsewhere), 'spec.hostNetwork, spec.serviceAccountName')
    assert.deepEqual(podPolicyFor(policies, 'constructor').allow, ['spec.volumes[].nfs'])
  })

  it('widened by value allows that value alone', () => {
    const policy = {
      allow: [
        'spec.serviceAccountName=sim',
        'spec.containers[].securityContext.capabilities.add[]=NET_ADMIN',
      ],
    }
    assert.equal(checkPodPolicy(withPod({ serviceAccountName: 'admin' }), policy).length, 1)
    assert.deepEqual(checkPodPolicy(secured({ capabilities: { add: ['NET_ADMIN'] } }), policy), [])
    const both = checkPodPolicy(
      secured({ capabilities: { add: ['NET_ADMIN', 'SYS_ADMIN'] } }),
      policy,
    )
    assert.equal(refusedFields(both), 'spec.containers[0].securityContext.capabilities.add[1]')
  })

  it('widened for one field of a volume allows no other', () => {
    const policy = { allow: ['spec.volumes[].hostPath.path=/data'] }
    assert.deepEqual(checkPodPolicy(withVolume({ hostPath: { path: '/data' } }), policy), [])
    assert.equal(checkPodPolicy(withVolume({ hostPath: { path: '/' } }), policy).length, 1)
    assert.equal(
      checkPodPolicy(withVolume({ hostPath: { path: '/data', type: 'x' } }), policy).length,
      1,
    )
  })

  it('names the setting that would allow a refused field', () => {
    const [found] = checkPodPolicy(withVolume({ hostPath: { path: '/' } }))
    assert.match(found?.message ?? '', /ask for "spec\.volumes\[\]\.hostPath"/)
  })
})
