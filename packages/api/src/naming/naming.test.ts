import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDnsLabel, isDnsSubdomain, isLabelValue } from '@sortie/machinery'
import fc from 'fast-check'
import { EARLIER_MANIFESTS, missionWithTasks } from '../testing/manifests.ts'
import { hasErrors } from '../validation/problem.ts'
import { validate } from '../validation/validate.ts'
import { complete, type MissionManifest, withDefaults } from './defaults.ts'
import { imageOf, isImageReference } from './images.ts'
import { podLabels, stageLabels, taskLabels } from './labels.ts'
import {
  childName,
  collisionName,
  MAX_TASK_NAME,
  podName,
  stageObjectName,
  taskObjectName,
  weaponContainerName,
} from './names.ts'
import { countTasks, defaultTaskName, expandTasks } from './tasks.ts'

const mission = EARLIER_MANIFESTS['a full mission'] as unknown as MissionManifest
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,6}[a-z0-9])?$/)

describe('names of children', () => {
  it('are the contract’s', () => {
    assert.equal(stageObjectName('m', 'recon'), 'm-recon')
    const task = taskObjectName({ mission: 'm', stage: 'recon', task: 'j20-01' })
    assert.equal(task, 'm-recon-j20-01')
    assert.equal(podName(task), 'm-recon-j20-01-pod')
    assert.equal(podName(task, 2), 'm-recon-j20-01-pod-2')
    assert.equal(taskObjectName({ mission: 'm', stage: 's', task: 't', attempt: 2 }), 'm-s-t-r2')
  })

  it('are valid and bounded for any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 })
    fc.assert(
      fc.property(fc.tuple(text, text, text), fc.nat(1000), ([mission, stage, task], retry) => {
        const name = taskObjectName({ mission, stage, task })
        assert.ok(isDnsSubdomain(stageObjectName(mission, stage)))
        assert.ok(isDnsSubdomain(name) && name.length <= MAX_TASK_NAME)
        assert.ok(podName(name, retry).endsWith(retry === 0 ? '-pod' : `-pod-${retry}`))
        assert.ok(isDnsSubdomain(podName(name, retry)))
        assert.ok(isDnsLabel(weaponContainerName(task)))
      }),
    )
  })

  it('collide for a-b + c and a + b-c, and then differ by the parent’s uid', () => {
    const name = stageObjectName('a-b', 'c')
    assert.equal(stageObjectName('a', 'b-c'), name)
    const first = childName(name, { parentUid: 'uid-1', key: 'c' })
    const second = childName(name, { parentUid: 'uid-2', key: 'b-c' })
    assert.notEqual(first, second)
    assert.equal(childName(name, { parentUid: 'uid-1', key: 'c' }), first)
    assert.match(first, /^a-b-c-[0-9a-v]{10}$/)
  })

  it('with a hash do not collide over 100,000 parents', () => {
    const seen = new Set<string>()
    for (let parent = 0; parent < 100_000; parent++) {
      seen.add(childName('a-b-c', { parentUid: `uid-${parent}`, key: 'c' }))
    }
    assert.equal(seen.size, 100_000)
  })

  it('that are cut do not collide over 100,000 stages', () => {
    const seen = new Set<string>()
    const long = 'm'.repeat(240)
    for (let stage = 0; stage < 100_000; stage++) seen.add(stageObjectName(long, `stage-${stage}`))
    assert.equal(seen.size, 100_000)
  })

  it('with a hash are valid however long the name was', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 40 }), fc.uuid(), (parts, uid) => {
        const name = collisionName(stageObjectName(parts.join('-'), 's'), uid)
        assert.ok(isDnsSubdomain(name))
      }),
    )
  })
})

describe('tasks of a stage', () => {
  it('take aircraft and place for a name, or task and place', () => {
    const tasks = expandTasks({
      flightTasks: [
        { aircraft: 'j20' },
        {},
        { aircraft: 'J_20/B' },
        { name: 'own' },
        { aircraft: '歼' },
      ],
    })
    const names = ['j20-01', 'task-02', 'j-20-b-03', 'own', 'task-05']
    assert.deepEqual(
      tasks.map((task) => task.name),
      names,
    )
    assert.deepEqual(
      tasks.map((task) => task.index),
      [1, 2, 3, 4, 5],
    )
  })

  it('are multiplied by count, with four digits', () => {
    const tasks = expandTasks({ flightTasks: [{ name: 'a', count: 2 }, { name: 'b' }] })
    assert.deepEqual(
      tasks.map(({ name, base, index, copy }) => [name, base, index, copy]),
      [
        ['a-0001', 'a', 1, 1],
        ['a-0002', 'a', 2, 2],
        ['b', 'b', 3, undefined],
      ],
    )
    assert.equal(expandTasks({ flightTasks: [{ count: 10_000 }] }).at(-1)?.name, 'task-01-10000')
  })

  it('have different names whenever the checks find no error', () => {
    const task = fc.record(
      {
        name: fc.constantFrom('a', 'b', 'a-0001', 'a-0002', 'j20-01', 'task-02'),
        aircraft: fc.constantFrom('j20', 'J20', '', 'uav'),
        count: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(task, { maxLength: 8 }), (flightTasks) => {
        const names = expandTasks({ flightTasks }).map((entry) => entry.name)
        assert.equal(names.length, countTasks({ flightTasks }))
        const different = new Set(names).size === names.length
        assert.equal(hasErrors(validate(missionWithTasks(flightTasks))), !different)
      }),
    )
  })

  it('have default names that the schema takes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 256 }),
        (type, place) => {
          const name = defaultTaskName(type, place)
          assert.ok(isDnsSubdomain(name) && name.length <= 63)
        },
      ),
    )
  })
})

describe('defaults', () => {
  it('are the contract’s', () => {
    const { spec, status } = withDefaults({
      ...mission,
      spec: { stages: [{ name: 's', flightTasks: [{ aircraft: 'j20' }] }] },
    })
    assert.equal(spec.priority, 'medium')
    assert.deepEqual(spec.stages, [
      { name: 's', type: 'parallel', flightTasks: [{ aircraft: 'j20', name: 'j20-01' }] },
    ])
    assert.deepEqual(spec.config, {
      failurePolicy: {
        maxRetries: 0,
        retryStrategy: 'exponential',
        stageFailureAction: 'abort',
        maxStageRetries: 1,
      },
      cancellationPolicy: { gracePeriod: '30s', cleanup: false },
    })
    assert.deepEqual(status, { phase: 'Pending' })
  })

  it('keep what the manifest says', () => {
    const filled = withDefaults(mission)
    assert.equal(filled.spec.config.failurePolicy.maxRetries, 2)
    assert.equal(filled.spec.stages?.[1]?.type, 'sequential')
    assert.equal(filled.spec.objective, mission.spec.objective)
  })

  it('of a weapon are those of an unused one', () => {
    const weapon = complete('Weapon', { ...mission, kind: 'Weapon', spec: {} })
    assert.deepEqual(weapon.status, {
      phase: 'Available',
      usage: { totalDeployed: 0, totalFired: 0 },
    })
    assert.equal(weapon.spec.container.lifecycle, 'Sidecar')
    assert.equal(weapon.spec.updateStrategy.type, 'OnNextTask')
  })
})

describe('labels', () => {
  it('are the contract’s', () => {
    assert.deepEqual(stageLabels({ mission: 'm', stage: 'recon', stageIndex: 1 }), {
      mission: 'm',
      'stage-name': 'recon',
      'stage-index': '1',
    })
    const task = { mission: 'm', stage: 'recon', stageIndex: 1, task: 'j20-01', taskIndex: 1 }
    assert.deepEqual(taskLabels({ ...task, aircraft: 'j20', role: 'lead' }), {
      mission: 'm',
      stage: 'recon',
      'task-name': 'j20-01',
      'task-index': '1',
      aircraft: 'j20',
      'task-role': 'lead',
      'stage-index': '1',
    })
  })

  it('of a pod win over those of its template', () => {
    const labels = podLabels({
      flightTask: 'm-recon-j20-01',
      mission: 'm',
      stage: 'recon',
      stageRef: 'm-recon',
      template: { tier: 'sim', mission: 'forged', 'app.kubernetes.io/managed-by': 'me' },
    })
    assert.deepEqual(labels, {
      tier: 'sim',
      flighttask: 'm-recon-j20-01',
      mission: 'm',
      stage: 'recon',
      stageRef: 'm-recon',
      'app.kubernetes.io/managed-by': 'sortie',
    })
  })

  it('are label values whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (role) => {
        const labels = taskLabels({ stage: role, task: role, taskIndex: 1, role })
        assert.ok(Object.values(labels).every(isLabelValue))
      }),
    )
  })
})

describe('images of weapons', () => {
  const cases: readonly (readonly [string | undefined, string | undefined, string | undefined])[] =
    [
      ['host:5000/radar', undefined, 'host:5000/radar:latest'],
      ['host:5000/radar', '1.2', 'host:5000/radar:1.2'],
      ['radar:1.0', undefined, 'radar:1.0'],
      ['radar:1.0', '2.0', 'radar:1.0'],
      [`radar@sha256:${'a'.repeat(64)}`, '1', `radar@sha256:${'a'.repeat(64)}`],
      ['', '1', undefined],
      [undefined, undefined, undefined],
    ]
  for (const [repository, tag, image] of cases) {
    it(`${repository} with tag ${tag} is ${image}`, () => {
      const given = {
        ...(repository === undefined ? {} : { repository }),
        ...(tag === undefined ? {} : { tag }),
      }
      assert.equal(imageOf(given), image)
      if (image !== undefined) assert.ok(isImageReference(image))
    })
  }

  it('that no kubelet could read are told from those that one can', () => {
    for (const bad of ['', ' ', 'UPPER', 'a b', 'x:tag:tag', 'a//b', `a${'b'.repeat(600)}`]) {
      assert.ok(!isImageReference(bad), bad)
    }
    for (const good of ['a', 'a/b', 'localhost:5000/a:b', 'ghcr.io/x/y-z_q:v1.0']) {
      assert.ok(isImageReference(good), good)
    }
  })
})
