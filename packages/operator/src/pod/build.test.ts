import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPodPolicy, formatProblem } from '@sortie/api'
import { deepFreeze, type JsonObject, type Pod } from '@sortie/machinery'
import { readMissionFacts } from '../flighttask/facts.ts'
import { makeTask, makeWeapon, type WeaponOptions } from '../flighttask/fixtures.ts'
import { type BuiltPod, buildPod, type PodRequest, readTaskOrder, readWeapon } from './index.ts'

interface Options extends Partial<PodRequest> {
  readonly name?: string
  readonly spec?: object
  /** Weapons carried, by name. */
  readonly carried?: Readonly<
    Record<string, WeaponOptions & { quantity?: number; mountPoints?: string[] }>
  >
}

function build({ spec = {}, name, carried = {}, ...changes }: Options = {}): BuiltPod {
  const task = makeTask(spec, name === undefined ? {} : { name })
  deepFreeze(task)
  return buildPod({
    order: readTaskOrder(task),
    facts: readMissionFacts(task),
    weapons: Object.entries(carried).map(([weapon, options]) => ({
      item: { weapon, quantity: options.quantity ?? 1, mountPoints: options.mountPoints ?? [] },
      weapon: readWeapon(makeWeapon(weapon, options)),
    })),
    retry: 0,
    excluded: { names: [], required: false },
    nameTaken: false,
    rules: (pod) => checkPodPolicy(pod),
    ...changes,
  })
}

function pod(options: Options = {}): Pod {
  const built = build(options)
  assert.equal(built.problems, undefined)
  assert.ok(built.pod)
  return built.pod
}

function problems(options: Options): readonly string[] {
  const built = build(options)
  assert.ok(built.problems, 'the pod should be refused')
  return built.problems.map(formatProblem)
}

const template = (spec: object, metadata?: object) => ({
  podTemplate: {
    ...(metadata && { metadata }),
    spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
  },
})
const envOf = (container: { env?: readonly { name: string; value?: string }[] } | undefined) =>
  Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
const requiredTerms = ({ spec }: Pod) =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
const preferredTerms = ({ spec }: Pod) =>
  spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution

test('a task without podTemplate gets a container that says its name and sleeps (D15)', () => {
  const { containers, restartPolicy } = pod().spec
  assert.equal(containers.length, 1)
  assert.equal(containers[0]?.name, 'task')
  assert.equal(containers[0]?.image, 'busybox:1.36')
  assert.match(containers[0]?.command?.[2] ?? '', /echo "\$TASK_NAME".*sleep 5 /)
  assert.equal(restartPolicy, 'Never')
})

test('it may nothing on its aircraft: no root, no privilege, no file to write', () => {
  const [container] = pod().spec.containers
  assert.deepEqual(container?.['securityContext'], {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 65_532,
    runAsGroup: 65_532,
    readOnlyRootFilesystem: true,
  })
})

test('where a template is silent its pod gets no token, no variables of services and the runtime’s system call filter', () => {
  const silent = pod({ spec: template({}) }).spec as unknown as JsonObject
  assert.equal(silent['automountServiceAccountToken'], false)
  assert.equal(silent['enableServiceLinks'], false)
  assert.deepEqual(silent['securityContext'], { seccompProfile: { type: 'RuntimeDefault' } })
  const securityContext = { seccompProfile: { type: 'Localhost', localhostProfile: 'strict.json' } }
  const said = pod({ spec: template({ securityContext }) }).spec as unknown as JsonObject
  assert.deepEqual(said['securityContext'], securityContext)
})

test('it sleeps for missionDuration where there is one', async (t) => {
  const cases = [
    ['90s', '90'],
    ['1h30m', '5400'],
    ['1.5s', '1.500'],
    ['0s', '0'],
    ['nonsense', '5'],
    ['-5m', '5'],
  ]
  for (const [missionDuration, seconds] of cases) {
    await t.test(String(missionDuration), () => {
      const [container] = pod({ spec: { taskParams: { missionDuration } } }).spec.containers
      assert.match(container?.command?.[2] ?? '', new RegExp(`sleep ${seconds} `))
    })
  }
})

test('the template is kept, and what it does not say is filled in', () => {
  const spec = template(
    {
      restartPolicy: 'OnFailure',
      terminationGracePeriodSeconds: 7,
      containers: [{ name: 'main', image: 'sim:2', args: ['--fast'] }],
    },
    { labels: { team: 'red' }, annotations: { note: 'x' } },
  )
  const built = pod({ spec })
  assert.equal(built.spec.restartPolicy, 'OnFailure')
  assert.equal(built.spec.terminationGracePeriodSeconds, 7)
  assert.deepEqual(built.spec.containers[0]?.args, ['--fast'])
  assert.equal(built.spec.automountServiceAccountToken, false)
  assert.equal(built.spec.schedulerName, 'sortie-scheduler')
  assert.equal(built.metadata.labels?.['team'], 'red')
  assert.equal(built.metadata.annotations?.['note'], 'x')
})

test('the scheduler is the configured one', () => {
  assert.equal(pod({ schedulerName: 'default-scheduler' }).spec.schedulerName, 'default-scheduler')
})

test('names, labels and owner are those of the contract', () => {
  const spec = {
    missionRef: { name: 'alpha' },
    stageRef: { name: 'alpha-recon' },
    stageName: 'recon',
    role: 'lead',
    aircraftRequirement: { type: 'j20' },
    missionPriority: 'high',
    gang: { name: 'alpha-recon' },
  }
  const { metadata } = pod({ spec })
  assert.equal(metadata.name, 'alpha-recon-lead-pod')
  assert.deepEqual(metadata.labels, {
    flighttask: 'alpha-recon-lead',
    mission: 'alpha',
    stage: 'recon',
    stageRef: 'alpha-recon',
    role: 'lead',
    aircraft: 'j20',
    'app.kubernetes.io/managed-by': 'sortie',
    'airforce.airforce.mil/gang': 'alpha-recon',
  })
  assert.equal(metadata.annotations?.['airforce.airforce.mil/priority'], 'high')
  assert.equal(metadata.annotations?.['airforce.airforce.mil/attempt'], '0')
  assert.deepEqual(metadata.ownerReferences, [
    {
      apiVersion: 'airforce.airforce.mil/v1alpha1',
      kind: 'FlightTask',
      name: 'alpha-recon-lead',
      uid: '11111111-1111-4111-8111-111111111111',
      controller: true,
      blockOwnerDeletion: true,
    },
  ])
})

test('a retry has its number in name and annotation', () => {
  const { metadata } = pod({ retry: 3 })
  assert.equal(metadata.name, 'alpha-recon-lead-pod-3')
  assert.equal(metadata.annotations?.['airforce.airforce.mil/attempt'], '3')
})

test('a name that others hold gives way to one with a hash of the uid, another for each attempt', () => {
  const names = [0, 1].map((retry) => pod({ nameTaken: true, retry }).metadata.name)
  assert.match(names[0] ?? '', /^alpha-recon-lead-pod-[0-9a-v]{10}$/)
  assert.notEqual(names[0], names[1])
  assert.equal(pod({ nameTaken: true }).metadata.name, names[0])
})

test('free text becomes label values, never an error (D21, K8)', () => {
  const { labels } = pod({
    spec: { role: 'zweiter Führer der Kette, 長機', stageName: 'x'.repeat(200) },
  }).metadata
  for (const value of Object.values(labels ?? {}))
    assert.match(value, /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
})

test('our labels win over the template’s (K11)', () => {
  const spec = template(
    {},
    { labels: { 'app.kubernetes.io/managed-by': 'me', flighttask: 'other' } },
  )
  const { labels } = pod({ spec }).metadata
  assert.equal(labels?.['app.kubernetes.io/managed-by'], 'sortie')
  assert.equal(labels?.['flighttask'], 'alpha-recon-lead')
})

test('every container knows mission, stage, task, role and coordination', () => {
  const coordination = {
    dataLinkProtocol: 'Link16',
    commandFrequency: '251.5',
    emergencyFrequency: '243.0',
  }
  const spec = {
    ...template({ initContainers: [{ name: 'prepare', image: 'x' }] }),
    missionRef: { name: 'alpha' },
    stageName: 'recon',
    role: 'lead',
    coordination,
  }
  const built = pod({ spec, carried: { radar: {} } }).spec
  for (const container of [...built.containers, ...(built.initContainers ?? [])]) {
    const env = envOf(container)
    assert.equal(env['MISSION_NAME'], 'alpha')
    assert.equal(env['STAGE_NAME'], 'recon')
    assert.equal(env['TASK_NAME'], 'alpha-recon-lead')
    assert.equal(env['TASK_ROLE'], 'lead')
    assert.equal(env['DATA_LINK_PROTOCOL'], 'Link16')
    assert.equal(env['COMMAND_FREQUENCY'], '251.5')
    assert.equal(env['EMERGENCY_FREQUENCY'], '243.0')
  }
})

test('the environment of a standalone task is there, and empty', () => {
  assert.equal(envOf(pod().spec.containers[0])['MISSION_NAME'], '')
})

test('a container’s own variable wins, and none is there twice (D38)', () => {
  const env = [
    { name: 'TASK_ROLE', value: 'mine' },
    { name: 'OWN', value: '$(TASK_NAME)' },
  ]
  const [container] = pod({
    spec: { role: 'lead', ...template({ containers: [{ name: 'main', image: 'x', env }] }) },
  }).spec.containers
  const names = container?.env?.map(({ name }) => name) ?? []
  assert.equal(new Set(names).size, names.length)
  assert.equal(envOf(container)['TASK_ROLE'], 'mine')
  assert.equal(names.at(-1), 'OWN')
})

test('text of ours is not expanded by the kubelet', () => {
  assert.equal(
    envOf(pod({ spec: { role: '$(HOME) $x' } }).spec.containers[0])['TASK_ROLE'],
    '$$(HOME) $x',
  )
})

test('taskParams reach the container as TASK_PARAMS, by an annotation', () => {
  const taskParams = { altitude: 8000, extra: { mode: 'quiet' } }
  const built = pod({ spec: { taskParams } })
  const name = 'airforce.airforce.mil/task-params'
  assert.deepEqual(JSON.parse(built.metadata.annotations?.[name] ?? ''), taskParams)
  const variable = built.spec.containers[0]?.env?.find((entry) => entry.name === 'TASK_PARAMS')
  assert.deepEqual(variable?.valueFrom, {
    fieldRef: { fieldPath: `metadata.annotations['${name}']` },
  })
  assert.equal(pod().metadata.annotations?.[name], undefined)
})

test('taskParams too long for a variable stay in the annotation alone', () => {
  const built = pod({ spec: { taskParams: { extra: { text: 'x'.repeat(120_000) } } } })
  assert.ok(built.metadata.annotations?.['airforce.airforce.mil/task-params'])
  assert.ok(!built.spec.containers[0]?.env?.some(({ name }) => name === 'TASK_PARAMS'))
})

test('the first container takes a slot and the hardpoints of its aircraft, requests equal to limits', async (t) => {
  const share = (options: Options) => {
    const { resources } = pod(options).spec.containers[0] ?? {}
    assert.deepEqual(resources?.requests, resources?.limits)
    return resources?.limits
  }
  await t.test('a slot alone where no hardpoint is asked for', () =>
    assert.deepEqual(share({}), { 'aircraft.mil/slot': '1' }),
  )
  await t.test('as many hardpoints as the task requires', () =>
    assert.equal(
      share({ spec: { aircraftRequirement: { requiredHardpoints: 4 } } })?.[
        'aircraft.mil/hardpoint'
      ],
      '4',
    ),
  )
  await t.test('or as its loadout takes, if that is more', () =>
    assert.equal(
      share({ carried: { bomb: { quantity: 3, spec: { resources: { hardpoints: 2 } } } } })?.[
        'aircraft.mil/hardpoint'
      ],
      '6',
    ),
  )
  await t.test('beside what the template asks for', () => {
    const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } }
    const [container] = pod({
      spec: template({ containers: [{ name: 'main', image: 'x', resources }] }),
    }).spec.containers
    assert.deepEqual(container?.resources?.limits, { cpu: '2', 'aircraft.mil/slot': '1' })
  })
})

test('the aircraft is selected by type and status, and by its needs', () => {
  const aircraftRequirement = {
    type: 'j20',
    minFuelLevel: 40,
    requiredHardpoints: 2,
    capabilities: ['stealth', 'ecm'],
    preferredLocation: 'east',
  }
  const built = pod({ spec: { aircraftRequirement } })
  assert.deepEqual(built.spec.nodeSelector, {
    'aircraft.mil/type': 'j20',
    'aircraft.mil/status': 'ready',
  })
  assert.deepEqual(requiredTerms(built), [
    {
      matchExpressions: [
        { key: 'aircraft.mil/fuel.level', operator: 'Gt', values: ['39'] },
        { key: 'aircraft.mil/hardpoint.available', operator: 'Gt', values: ['1'] },
        { key: 'aircraft.mil/capability.stealth', operator: 'In', values: ['true'] },
        { key: 'aircraft.mil/capability.ecm', operator: 'In', values: ['true'] },
      ],
    },
  ])
  assert.deepEqual(preferredTerms(built), [
    {
      weight: 50,
      preference: {
        matchExpressions: [{ key: 'aircraft.mil/location.zone', operator: 'In', values: ['east'] }],
      },
    },
  ])
})

test('a task of any type still wants an aircraft that is ready', () => {
  assert.deepEqual(pod().spec.nodeSelector, { 'aircraft.mil/status': 'ready' })
  assert.equal(pod().spec.affinity, undefined)
})

test('needs are and-ed into every term of the template’s affinity, never dropped (D10, K10)', () => {
  const gpu = { key: 'gpu', operator: 'Exists' }
  const rack = { key: 'rack', operator: 'In', values: ['7'] }
  const affinity = {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] },
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [gpu] }, {}, { matchExpressions: [rack] }],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [gpu] } },
      ],
    },
  }
  const spec = {
    ...template({ affinity, nodeSelector: { disk: 'ssd' } }),
    aircraftRequirement: { type: 'j20', minFuelLevel: 50, preferredLocation: 'east' },
  }
  const built = pod({ spec })
  const fuel = { key: 'aircraft.mil/fuel.level', operator: 'Gt', values: ['49'] }
  assert.deepEqual(requiredTerms(built), [
    { matchExpressions: [gpu, fuel] },
    { matchExpressions: [rack, fuel] },
  ])
  assert.equal(preferredTerms(built)?.length, 2)
  assert.ok(built.spec.affinity?.podAntiAffinity)
  assert.deepEqual(built.spec.nodeSelector, {
    disk: 'ssd',
    'aircraft.mil/type': 'j20',
    'aircraft.mil/status': 'ready',
  })
})

test('terms that ask for fields of a node keep them, beside those of aircraft that failed the task', () => {
  const field = (operator: string, name: string) => ({
    key: 'metadata.name',
    operator,
    values: [name],
  })
  const built = pod({
    spec: template({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [field('In', 'viper-2')] }],
          },
        },
      },
    }),
    excluded: { names: ['viper-1'], required: true },
  })
  assert.deepEqual(requiredTerms(built), [
    { matchFields: [field('In', 'viper-2'), field('NotIn', 'viper-1')] },
  ])
})

test('aircraft that are only to be avoided are no reason not to prefer a place', () => {
  const spec = { aircraftRequirement: { preferredLocation: 'not a label!' } }
  assert.equal(preferredTerms(pod({ spec })), undefined, 'a place that no label can be is none')
  const built = pod({ excluded: { names: ['viper-1'], required: true } })
  assert.equal(preferredTerms(built), undefined, 'what is required is not preferred as well')
})

test('a node selector that contradicts the task is refused, by key and values', () => {
  const spec = {
    ...template({ nodeSelector: { 'aircraft.mil/type': 'f22' } }),
    aircraftRequirement: { type: 'j20' },
  }
  const [problem] = problems({ spec })
  assert.match(
    problem ?? '',
    /spec\.podTemplate\.spec\.nodeSelector\["aircraft\.mil\/type"\].*"f22".*aircraft\.mil\/type=j20/,
  )
  assert.ok(
    pod({
      spec: {
        ...template({ nodeSelector: { 'aircraft.mil/type': 'j20' } }),
        aircraftRequirement: { type: 'j20' },
      },
    }),
  )
})

test('an affinity that matches nothing is refused, not widened by ours', () => {
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } },
  }
  assert.match(
    problems({
      spec: { ...template({ affinity }), aircraftRequirement: { minFuelLevel: 5 } },
    })[0] ?? '',
    /matches no node/,
  )
})

test('aircraft that failed the task are out of the question, or avoided', async (t) => {
  const names = ['viper-1', 'viper-2']
  const fields = names.map((name) => ({ key: 'metadata.name', operator: 'NotIn', values: [name] }))
  await t.test('required at first, by the node’s own name', () => {
    const built = pod({ excluded: { names, required: true } })
    assert.deepEqual(requiredTerms(built), [{ matchFields: fields }])
    assert.equal(
      built.metadata.annotations?.['airforce.airforce.mil/excluded-nodes'],
      JSON.stringify(names),
    )
  })
  await t.test('preferred when no other aircraft could take it', () => {
    const built = pod({ excluded: { names, required: false } })
    assert.equal(requiredTerms(built), undefined)
    assert.deepEqual(preferredTerms(built), [{ weight: 100, preference: { matchFields: fields } }])
  })
})

test('a weapon is a native sidecar that knows what it is', () => {
  const radar = {
    quantity: 2,
    mountPoints: ['hp1', 'hp2'],
    spec: {
      weaponName: 'AN/APG-77',
      weaponType: 'radar',
      image: { repository: 'registry.example:5000/radar', tag: '7', pullPolicy: 'Always' },
      container: {
        env: [{ name: 'MODE', value: 'scan' }],
        ports: [{ containerPort: 9000 }],
        livenessProbe: { tcpSocket: { port: 9000 } },
        resources: { limits: { cpu: '1' } },
        command: ['radar'],
        args: ['-v'],
        volumeMounts: [{ name: 'weapon-config', mountPath: '/config' }],
      },
    },
  }
  const built = pod({ spec: { aircraftRequirement: { type: 'f22' } }, carried: { radar } })
  const [sidecar] = built.spec.initContainers ?? []
  assert.equal(sidecar?.name, 'weapon-radar')
  assert.equal(sidecar?.restartPolicy, 'Always')
  assert.equal(sidecar?.image, 'registry.example:5000/radar:7')
  assert.equal(sidecar?.imagePullPolicy, 'Always')
  const env = envOf(sidecar)
  assert.equal(env['WEAPON_NAME'], 'AN/APG-77')
  assert.equal(env['WEAPON_TYPE'], 'radar')
  assert.equal(env['QUANTITY'], '2')
  assert.equal(env['MOUNT_POINTS'], 'hp1,hp2')
  assert.equal(env['AIRCRAFT_TYPE'], 'f22')
  assert.equal(env['MODE'], 'scan')
  assert.deepEqual(sidecar?.ports, [{ containerPort: 9000 }])
  assert.deepEqual(sidecar?.command, ['radar'])
  assert.deepEqual(sidecar?.livenessProbe, { tcpSocket: { port: 9000 } })
  assert.deepEqual(
    sidecar?.volumeMounts?.map(({ name }) => name),
    ['weapon-config', 'weapon-interface'],
  )
  assert.deepEqual(built.spec.volumes, [
    { name: 'weapon-interface', emptyDir: {} },
    { name: 'weapon-config', emptyDir: {} },
  ])
  assert.equal(
    built.metadata.annotations?.['airforce.airforce.mil/weapons'],
    'weapon-radar=default/radar',
  )
})

test('lifecycle Companion makes it an ordinary container, after the task’s', () => {
  const built = pod({
    carried: { jammer: { spec: { container: { lifecycle: 'Companion' } } }, radar: {} },
  }).spec
  assert.deepEqual(
    built.containers.map(({ name }) => name),
    ['task', 'weapon-jammer'],
  )
  assert.equal(built.containers[1]?.restartPolicy, undefined)
  assert.deepEqual(
    built.initContainers?.map(({ name }) => name),
    ['weapon-radar'],
  )
  assert.deepEqual(Object.keys(built.containers[1]?.resources ?? {}), [])
})

test('the place of exchange is in every container when there is a loadout, and in none without', () => {
  const spec = template({ initContainers: [{ name: 'prepare', image: 'x' }] })
  const armed = pod({ spec, carried: { radar: {} } }).spec
  for (const { volumeMounts } of [...armed.containers, ...(armed.initContainers ?? [])]) {
    assert.deepEqual(volumeMounts, [{ name: 'weapon-interface', mountPath: '/interface' }])
  }
  assert.deepEqual(
    armed.initContainers?.map(({ name }) => name),
    ['weapon-radar', 'prepare'],
  )
  assert.equal(pod({ spec }).spec.volumes, undefined)
})

test('a weapon that mounts the place of exchange itself is let stand (D38)', () => {
  const container = { volumeMounts: [{ name: 'weapon-interface', mountPath: '/interface/' }] }
  const [sidecar] = pod({ carried: { radar: { spec: { container } } } }).spec.initContainers ?? []
  assert.deepEqual(sidecar?.volumeMounts, container.volumeMounts)
})

test('the name of a weapon’s container is a DNS label whatever the weapon is called', () => {
  const name = `aim-120.${'x'.repeat(80)}`
  const [sidecar] = pod({ carried: { [name]: {} } }).spec.initContainers ?? []
  assert.match(sidecar?.name ?? '', /^weapon-aim-120-[-a-z0-9]+$/)
  assert.ok((sidecar?.name.length ?? 99) <= 63)
})

test('an image with a port keeps its tag rule (D37)', async (t) => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ repository: 'host:5000/x' }, 'host:5000/x:latest'],
    [{ repository: 'host:5000/x', tag: '1.2' }, 'host:5000/x:1.2'],
    [{ repository: 'x', tag: '1' }, 'x:1'],
  ]
  for (const [image, reference] of cases) {
    await t.test(reference, () => {
      const [sidecar] = pod({ carried: { radar: { spec: { image } } } }).spec.initContainers ?? []
      assert.equal(sidecar?.image, reference)
    })
  }
})

test('what cannot stand is refused with its path', async (t) => {
  const cases: readonly [string, Options, RegExp][] = [
    [
      'restartPolicy Always',
      { spec: template({ restartPolicy: 'Always' }) },
      /spec\.podTemplate\.spec\.restartPolicy.*Always/,
    ],
    [
      'no containers',
      { spec: { podTemplate: { spec: { containers: [] } } } },
      /spec\.podTemplate\.spec\.containers/,
    ],
    ['an empty template', { spec: { podTemplate: {} } }, /spec\.podTemplate\.spec/],
    [
      'a container named like a weapon',
      {
        spec: template({ containers: [{ name: 'weapon-radar', image: 'x' }] }),
        carried: { radar: {} },
      },
      /containers\[0\]\.name.*weapon-radar/,
    ],
    [
      'another mount at /interface',
      {
        spec: template({
          containers: [
            { name: 'main', image: 'x', volumeMounts: [{ name: 'mine', mountPath: '/interface' }] },
          ],
        }),
        carried: { radar: {} },
      },
      /volumeMounts\[0\]\.mountPath/,
    ],
    [
      'a volume named weapon-interface',
      {
        spec: template({ volumes: [{ name: 'weapon-interface', emptyDir: {} }] }),
        carried: { radar: {} },
      },
      /volumes\[0\]\.name/,
    ],
    [
      'a weapon that mounts elsewhere at /interface',
      {
        carried: {
          radar: {
            spec: { container: { volumeMounts: [{ name: 'mine', mountPath: '/interface' }] } },
          },
        },
      },
      /Weapon default\/radar/,
    ],
    [
      'a weapon without an image',
      { carried: { radar: { spec: { image: {} } } } },
      /Weapon default\/radar names no image/,
    ],
    [
      'an aircraft type that is no label value',
      { spec: { aircraftRequirement: { type: '歼-20' } } },
      /spec\.aircraftRequirement\.type/,
    ],
    [
      'a capability that is none',
      { spec: { aircraftRequirement: { capabilities: ['a b'] } } },
      /capabilities\[0\]/,
    ],
  ]
  for (const [name, options, message] of cases) {
    await t.test(name, () => assert.match(problems(options).join('\n'), message))
  }
})

test('what the allow-list refuses is named by its path in the template, retries included', async (t) => {
  const cases: readonly [string, object, RegExp][] = [
    ['host network', template({ hostNetwork: true }), /spec\.podTemplate\.spec\.hostNetwork/],
    ['host processes', template({ hostPID: true }), /hostPID/],
    [
      'a host path',
      template({ volumes: [{ name: 'h', hostPath: { path: '/' } }] }),
      /volumes\[0\]\.hostPath/,
    ],
    [
      'privilege',
      template({ containers: [{ name: 'm', image: 'x', securityContext: { privileged: true } }] }),
      /containers\[0\]\.securityContext\.privileged/,
    ],
    [
      'added capabilities',
      template({
        containers: [
          { name: 'm', image: 'x', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
        ],
      }),
      /capabilities\.add/,
    ],
    ['a service account', template({ serviceAccountName: 'admin' }), /serviceAccountName/],
    ['its token', template({ automountServiceAccountToken: true }), /automountServiceAccountToken/],
    ['a node name', template({ nodeName: 'viper-1' }), /nodeName/],
    ['a scheduler of its own', template({ schedulerName: 'mine' }), /schedulerName/],
    [
      'owners',
      template({}, { ownerReferences: [{ name: 'x' }] }),
      /spec\.podTemplate\.metadata\.ownerReferences/,
    ],
    ['finalizers', template({}, { finalizers: ['x'] }), /metadata\.finalizers/],
    [
      'labels with our prefix',
      template({}, { labels: { 'airforce.airforce.mil/attempt': '9' } }),
      /metadata\.labels/,
    ],
    [
      'annotations with our prefix',
      template({}, { annotations: { 'aircraft.mil/slots': '9' } }),
      /metadata\.annotations/,
    ],
  ]
  for (const [name, spec, path] of cases) {
    await t.test(name, () => {
      const built = build({ spec, retry: 2 })
      assert.ok(built.problems && built.policy, 'the policy should refuse it')
      assert.match(built.problems.map(formatProblem).join('\n'), path)
    })
  }
})

test('a weapon’s container is held to the allow-list too', () => {
  const container = {
    volumeMounts: [{ name: 'x', mountPath: '/x', mountPropagation: 'Bidirectional' }],
  }
  const built = build({ carried: { radar: { spec: { container } } } })
  assert.ok(built.problems && built.policy)
  assert.match(
    built.problems.map(formatProblem).join('\n'),
    /initContainers\[0\]\.volumeMounts\[0\]\.mountPropagation/,
  )
})

test('what we build ourselves passes our own allow-list', () => {
  const excluded = { names: ['viper-1'], required: true }
  const carried = { radar: {}, jammer: { spec: { container: { lifecycle: 'Companion' } } } }
  const aircraftRequirement = {
    type: 'j20',
    minFuelLevel: 10,
    capabilities: ['ecm'],
    preferredLocation: 'east',
  }
  assert.ok(pod({ spec: { aircraftRequirement, taskParams: { altitude: 1 } }, carried, excluded }))
})
