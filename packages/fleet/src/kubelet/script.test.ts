import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Container, Pod } from '@sortie/machinery'
import type { PlayRule } from '../spec/fleetspec.ts'
import { type ContainerScript, matchesText, PLAY_ANNOTATIONS, writeScript } from './script.ts'

interface Options {
  readonly container?: Partial<Container>
  readonly sidecar?: Partial<Container>
  readonly annotations?: Readonly<Record<string, string>>
  readonly uid?: string
  readonly rules?: readonly PlayRule[]
}

function scriptOf(options: Options, name = 'task'): ContainerScript {
  const { container, sidecar, annotations = {}, uid = 'u', rules = [] } = options
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid, annotations, labels: { app: 'a' } },
    spec: {
      nodeName: 'j20-01',
      containers: [{ name: 'task', image: 'busybox', ...container }],
      ...(sidecar === undefined
        ? {}
        : {
            initContainers: [{ name: 'weapon', image: 'w', restartPolicy: 'Always', ...sidecar }],
          }),
    },
  }
  const script = writeScript(pod, rules).containers.find((one) => one.name === name)
  assert.ok(script !== undefined)
  return script
}

const span = (ms: number) => ({ min: ms, max: ms })

describe('how long a container runs', () => {
  const cases: Readonly<Record<string, readonly [Options, number, string?]>> = {
    'is what its command says': [{ container: { command: ['sleep', '3'] } }, 3000],
    'is what its args say': [{ container: { command: ['sh', '-c'], args: ['sleep 4'] } }, 4000],
    'is five seconds where nothing says': [{}, 5000],
    'is without end for a sidecar of which nothing says': [{ sidecar: {} }, Infinity, 'weapon'],
    'is what a rule says, before the command': [
      { container: { command: ['sleep', '3'] }, rules: [{ match: {}, duration: span(100) }] },
      100,
    ],
    'is what the first rule says that says something': [
      {
        rules: [
          { match: {}, exitCode: 1 },
          { match: { container: 'ta*' }, duration: span(1) },
          { match: {}, duration: span(2) },
        ],
      },
      1,
    ],
    'is what the annotation says, before any rule': [
      {
        annotations: { [PLAY_ANNOTATIONS.duration]: '7s' },
        rules: [{ match: {}, duration: span(1) }],
      },
      7000,
    ],
    'is without end where the annotation says so': [
      { annotations: { [PLAY_ANNOTATIONS.duration]: 'forever' } },
      Infinity,
    ],
    'is not what an annotation says that is no duration': [
      {
        annotations: { [PLAY_ANNOTATIONS.duration]: 'long' },
        container: { command: ['sleep', '1'] },
      },
      1000,
    ],
    'is not for a sidecar what the pod’s annotation says': [
      { annotations: { [PLAY_ANNOTATIONS.duration]: '7s' }, sidecar: {} },
      Infinity,
      'weapon',
    ],
    'is for a sidecar what its own annotation says': [
      { annotations: { [`${PLAY_ANNOTATIONS.duration}.weapon`]: '7s' }, sidecar: {} },
      7000,
      'weapon',
    ],
  }
  for (const [name, [options, expected, container]] of Object.entries(cases)) {
    test(name, () => assert.equal(scriptOf(options, container).durationMs, expected))
  }
})

describe('how a container ends', () => {
  const attempt = (number: string) => ({
    [PLAY_ANNOTATIONS.failAttempts]: '2',
    'airforce.airforce.mil/attempt': number,
  })
  const cases: Readonly<Record<string, readonly [Options, number]>> = {
    'is as its command says': [{ container: { command: ['sh', '-c', 'exit 4'] } }, 4],
    'is well where nothing says': [{}, 0],
    'is as a rule says': [{ rules: [{ match: {}, exitCode: 9 }] }, 9],
    'is as the annotation says': [{ annotations: { [PLAY_ANNOTATIONS.exitCode]: '5' } }, 5],
    'is badly in the first attempts': [{ annotations: attempt('1') }, 1],
    'is badly in the first attempts whatever the annotation says': [
      { annotations: { ...attempt('1'), [PLAY_ANNOTATIONS.exitCode]: 'x' } },
      1,
    ],
    'is badly in the first attempts even where the annotation says 0': [
      { annotations: { ...attempt('1'), [PLAY_ANNOTATIONS.exitCode]: '0' } },
      1,
    ],
    'is with a byte in the first attempts': [
      { annotations: { ...attempt('1'), [PLAY_ANNOTATIONS.exitCode]: '300' } },
      44,
    ],
    'is well after them': [{ annotations: attempt('2') }, 0],
    'is with 1 where the annotation is no number': [
      { annotations: { [PLAY_ANNOTATIONS.exitCode]: 'x' } },
      1,
    ],
  }
  for (const [name, [options, expected]] of Object.entries(cases)) {
    test(name, () => assert.equal(scriptOf(options).exitCode, expected))
  }
})

describe('an image', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    busybox: undefined,
    'busybox:1.36': undefined,
    'registry.example.com:5000/team/app@sha256:abc': undefined,
    'registry.invalid/app': 'ErrImagePull',
    'registry.invalid:5000/app:1': 'ErrImagePull',
    'app.invalid': undefined,
    'Upper/Case': 'InvalidImageName',
    'with space': 'InvalidImageName',
    '': 'InvalidImageName',
  }
  for (const [image, reason] of Object.entries(cases)) {
    test(`${JSON.stringify(image)} ${reason === undefined ? 'can be pulled' : `gives ${reason}`}`, () => {
      assert.equal(scriptOf({ container: { image } }).pullError, reason)
    })
  }
})

describe('chance', () => {
  const rules: readonly PlayRule[] = [
    { match: { chance: 0.5 }, exitCode: 1 },
    { match: {}, duration: { min: 0, max: 1000 } },
  ]

  test('is settled by the uid: the same pod always plays alike', () => {
    assert.deepEqual(scriptOf({ rules, uid: 'a' }), scriptOf({ rules, uid: 'a' }))
  })

  test('falls both ways over many pods', () => {
    const codes = Array.from(
      { length: 200 },
      (_, index) => scriptOf({ rules, uid: `u${index}` }).exitCode,
    )
    const failed = codes.filter((code) => code === 1).length
    assert.ok(failed > 60 && failed < 140, `${failed} of 200 failed`)
  })
})

test('a pattern matches by its stars', () => {
  const cases: readonly (readonly [string | undefined, string, boolean])[] = [
    [undefined, 'a', true],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a*', 'ab', true],
    ['*.invalid/*', 'registry.invalid/app', true],
    ['*.invalid/*', 'registryxinvalid/app', false],
  ]
  for (const [pattern, text, expected] of cases) assert.equal(matchesText(pattern, text), expected)
})
