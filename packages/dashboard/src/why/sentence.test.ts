import {
  ADVISED_FINDINGS,
  AIRCRAFT,
  FINDINGS,
  type Finding,
  type FindingCode,
  matchAircraft,
  NO_MESSAGE,
} from '@sortie/api'
import type { NodeObject, PodSpec } from '@sortie/machinery'
import { expect, it } from 'vitest'
import { diagnosis } from '../i18n/areas/diagnosis.ts'
import { i18n } from '../i18n/index.ts'
import { sayPhrase } from '../i18n/phrases.ts'
import { sentenceOf, type Translator } from './sentence.ts'

// vue-i18n's own types would work out every key of every area.
const composer = i18n.global as unknown as {
  te(key: string, locale: string): boolean
  t(key: string, parameters: object, options: { readonly locale: string }): string
}
const chinese: Translator = {
  language: 'zh-CN',
  has: (key) => composer.te(key, 'zh-CN'),
  say: (key, parameters) => composer.t(key, parameters, { locale: 'zh-CN' }),
}
const CODES = Object.keys(FINDINGS) as FindingCode[]
const said = diagnosis['zh-CN'] as Record<'text' | 'bare' | 'advice', Record<string, string>>
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)

function finding(code: FindingCode, parameters: Finding['parameters'] = {}): Finding {
  const objects = [{ kind: 'Mission', name: 'm', namespace: 'north' }]
  return { code, parameters, text: 'English.', advice: 'English advice.', objects }
}

it.each(CODES)('%s has a Chinese sentence with exactly its parameters', (code) => {
  // The English sentence leaves these out too: they are for the advice, or for programs.
  const silent: Readonly<Record<string, readonly string[]>> = {
    waitsForGate: ['name'],
    waitsForCondition: ['name'],
    nearestMiss: ['task'],
  }
  const wanted = FINDINGS[code].filter((name) => silent[code]?.includes(name) !== true)
  expect(placeholders(said.text[code] ?? '').toSorted()).toEqual([...wanted].sort())
})

it('has an advice for each code that English has one for, filled from what comes with the finding', () => {
  expect(Object.keys(said.advice).toSorted()).toEqual(ADVISED_FINDINGS.toSorted())
  for (const [code, text] of Object.entries(said.advice)) {
    const known = [...(FINDINGS[code as FindingCode] as readonly string[]), 'scope']
    expect(known).toEqual(expect.arrayContaining(placeholders(text)))
  }
})

it('says a finding in the person’s language, names as they are', () => {
  const failed = finding('taskFailed', { task: 'alpha-1', message: 'exit code 3.' })
  expect(sentenceOf(failed, 'text', chinese)).toBe('飞行任务 alpha-1 已失败：exit code 3。')
  expect(sentenceOf(failed, 'advice', chinese)).toBe('查看它的输出：sortie logs alpha-1 -n north。')
  expect(sentenceOf(failed, 'text', { ...chinese, language: 'en' })).toBe('English.')
  const silent = finding('taskFailed', { task: 'alpha-1', message: NO_MESSAGE })
  expect(sentenceOf(silent, 'text', chinese)).toBe('飞行任务 alpha-1 已失败：没有留下消息。')
})

it('leaves out what is empty', () => {
  const busy = (holders: string) =>
    sentenceOf(finding('aircraftBusy', { task: 't', fitting: 2, holders }), 'text', chinese)
  expect(busy('task a, b and 3 more')).toBe(
    '飞行任务 t 等待飞机：2 架符合，但均被飞行任务 a, b 等另外 3 个 占用。',
  )
  expect(busy('')).toBe('飞行任务 t 等待飞机：2 架符合，但均被占用。')
})

it('translates kinds and phases inside a sentence', () => {
  const held = finding('suspended', { kind: 'MissionStage', name: 's' })
  expect(sentenceOf(held, 'text', chinese)).toBe('任务阶段 s 已暂停：不再启动新的内容。')
  const waits = finding('waitsForStages', { stage: 'b', stages: 'a (Running)' })
  expect(sentenceOf(waits, 'text', chinese)).toBe('阶段 b 等待 a （运行中）。')
})

const SPEC: PodSpec = {
  containers: [{ name: 'task', image: 'x', resources: { requests: { cpu: '4', memory: '1Gi' } } }],
  nodeSelector: { [AIRCRAFT.type]: 'j20', [AIRCRAFT.status]: 'ready', zone: 'east' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: AIRCRAFT.fuelLevel, operator: 'Gt', values: ['59'] },
              { key: AIRCRAFT.hardpointAvailable, operator: 'Gt', values: ['1'] },
              { key: `${AIRCRAFT.capabilityPrefix}radar`, operator: 'In', values: ['true'] },
            ],
            matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n1', 'n2'] }],
          },
        ],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          preference: {
            matchExpressions: [{ key: AIRCRAFT.zone, operator: 'In', values: ['north'] }],
          },
        },
      ],
    },
  },
}

function aircraft(name: string, labels: Readonly<Record<string, string>>, more: object = {}) {
  const fits = {
    [AIRCRAFT.type]: 'j20',
    [AIRCRAFT.status]: 'ready',
    zone: 'east',
    [AIRCRAFT.fuelLevel]: '80',
    [AIRCRAFT.hardpointAvailable]: '4',
    [`${AIRCRAFT.capabilityPrefix}radar`]: 'true',
  }
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...fits, ...labels } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
    ...more,
  } as unknown as NodeObject
  return { node, allocatable: { cpu: 8_000, memory: 2 ** 33 }, requested: {} }
}

/** Words of the English phrases; what is left of them was not translated. */
const ENGLISH =
  /\b(were|instead|rejects|leaves|asked|its|not|free|ready|the|that|and|none|open|cordoned|quarantine|capability|hardpoints|fuel|location)\b/

it('translates every requirement, verdict and nearest miss', () => {
  const lacking = [
    aircraft('a', { [AIRCRAFT.fuelLevel]: '40' }),
    aircraft('b', { [AIRCRAFT.type]: 'h6k' }),
    aircraft('c', { [`${AIRCRAFT.capabilityPrefix}radar`]: 'false' }),
    aircraft('d', { [AIRCRAFT.status]: 'maintenance' }),
    aircraft('e', {}, { spec: { unschedulable: true } }),
    aircraft('n1', {}),
    aircraft('f', { zone: 'west' }),
    aircraft('g', {}, { spec: { taints: [{ key: 'storm', effect: 'NoSchedule' }] } }),
    { ...aircraft('h', {}), allocatable: { cpu: 1_000, memory: 2 ** 33 } },
    aircraft('i', {}, { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
    aircraft('j', { [AIRCRAFT.hardpointAvailable]: '1', [AIRCRAFT.fuelLevel]: '10' }),
  ]
  const left: string[] = []
  for (const one of lacking) {
    const matrix = matchAircraft(SPEC, [one])
    const texts = [
      ...matrix.requirements.map((each) => `${each.text} (rejects ${each.rejected}, leaves 0)`),
      ...matrix.aircraft.flatMap(({ verdicts }) => verdicts.map(({ has }) => has)),
      ...matrix.relaxations.map(({ changes }) => changes.map(({ text }) => text).join(' and ')),
    ]
    expect(matrix.relaxations).toHaveLength(1)
    // `ready` and `open` as values of labels are the fleet's own words.
    const said = texts.map((text) => sayPhrase(text, 'zh-CN').replace(/状态 \S+|其状态为.*/g, ''))
    left.push(...said.filter((text) => ENGLISH.test(text)))
  }
  expect(left).toEqual([])
})

it('says a nearest miss of several changes in one go', () => {
  const english = 'fuel ≥ 40 instead of 60 and its node were ready and zone=east were not asked for'
  expect(sayPhrase(english, 'zh-CN')).toBe('燃油 ≥ 40（而非 60），且其节点就绪，且不要求 zone=east')
})
