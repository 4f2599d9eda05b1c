/** The tree as people see it, from snapshots. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlightTask, Mission, MissionStage } from '@sortie/api'
import { parseTime, type Stored } from '@sortie/machinery'
import { displayWidth } from '../output/text.ts'
import type { MissionSnapshot } from './snapshot.ts'
import { renderTree, type TreeOptions } from './tree.ts'

const NOW = parseTime('2026-01-05T08:02:00Z') ?? 0
const startTime = '2026-01-05T08:00:00Z'

const task = (name: string, status: object = {}) =>
  ({ metadata: { name }, spec: { taskName: name }, status }) as unknown as Stored<FlightTask>

const stage = (name: string, tasks: readonly Stored<FlightTask>[], status: object = {}) => ({
  stage: {
    metadata: { name: `dawn-${name}`, labels: { 'stage-name': name } },
    spec: { stageType: 'parallel', flightTasks: tasks.map(() => ({})) },
    status,
  } as unknown as Stored<MissionStage>,
  tasks,
})

const mission = (stages: MissionSnapshot['stages'], status: object = {}): MissionSnapshot => ({
  mission: { metadata: { name: 'dawn' }, spec: {}, status } as unknown as Stored<Mission>,
  stages,
})

const draw = (snapshot: MissionSnapshot, options: Partial<TreeOptions> = {}) =>
  renderTree(snapshot, {
    now: NOW,
    paint: (_style, text) => text,
    columns: 200,
    tasksPerStage: 100,
    ...options,
  })

test('a mission stands above its stages, and each above its tasks, with what each has reached', () => {
  const tasks = [
    task('lead', { phase: 'Succeeded', startTime, completionTime: '2026-01-05T08:00:30Z' }),
    task('wing', {
      phase: 'Running',
      startTime,
      retryCount: 1,
      schedulingInfo: { assignedNode: 'j20-01' },
    }),
  ]
  const counts = { succeeded: 1, total: 2 }
  const stages = [
    stage('recon', tasks, { phase: 'Running', startTime, counts }),
    stage('strike', [], { phase: 'Pending', message: 'waits for recon' }),
  ]
  const statistics = { succeededTasks: 1, totalFlightTasks: 3 }
  const status = { phase: 'Running', startTime, statistics, message: '1 of 2 stages run' }
  assert.deepEqual(draw(mission(stages, status)), [
    '▶ Running   dawn  0/2 stages  1/3 tasks  2m00s',
    '   1 of 2 stages run',
    '├─ ▶ Running   recon   parallel  1/2  2m00s',
    '│  ├─ ✔ Succeeded lead          30s',
    '│  └─ ▶ Running   wing  j20-01  2m00s  1 retry',
    '└─ ○ Pending   strike  parallel  0/0  waits for recon',
  ])
})

test('what is wrong is said of whatever does not fly, and of nothing that does', () => {
  const says = (phase: string) =>
    draw(mission([stage('s', [task('t', { phase, message: 'why' })])]))
  for (const phase of ['Pending', 'Scheduled', 'Failed', 'Cancelled']) {
    assert.match(says(phase).at(-1) ?? '', /why$/, phase)
  }
  for (const phase of ['Running', 'Succeeded'])
    assert.doesNotMatch(says(phase).join(), /why/, phase)
})

test('where not all tasks have room, failures come first, then what flies, and the rest is counted', () => {
  const phases = ['Succeeded', 'Succeeded', 'Pending', 'Running', 'Failed', 'Cancelled']
  const tasks = phases.map((phase, index) => task(`t${index}`, { phase }))
  const lines = draw(mission([stage('s', tasks)]), { tasksPerStage: 3 }).slice(2)
  assert.deepEqual(lines, [
    '   ├─ ✖ Failed    t4',
    '   ├─ ▶ Running   t3',
    '   ├─ ○ Pending   t2',
    '   └─ … and 3 more: 2 Succeeded, 1 Cancelled',
  ])
})

test('a message of several lines takes one: watch draws over as many lines as it has counted', () => {
  const message = 'exit status 1\nTraceback:\n\tline 3'
  const tasks = [task('t', { phase: 'Failed', message })]
  const lines = draw(mission([stage('s', tasks, { phase: 'Failed', message })], { message }))
  assert.equal(lines.length, 4)
  for (const line of lines) assert.doesNotMatch(line, /\n/)
  assert.match(lines[3] ?? '', /exit status 1 Traceback: line 3$/)
})

test('a phase that this version does not know is shown as it is', () => {
  const [line] = draw(mission([], { phase: 'Landing' }))
  assert.match(line ?? '', /^\? Landing +dawn/)
})

test('no line is wider than the terminal, whatever names and messages say', () => {
  const message = `evil\u001b[31m ${'歼'.repeat(80)}`
  const tasks = [task('t', { phase: 'Failed', message })]
  const snapshot = mission([stage('s'.repeat(60), tasks, { phase: 'Failed', message })], {
    message,
  })
  const paint: TreeOptions['paint'] = (_style, text) => `\u001b[1m${text}\u001b[22m`
  for (const columns of [10, 40, 80]) {
    for (const line of draw(snapshot, { columns, paint })) {
      assert.ok(displayWidth(line) <= columns, line)
    }
  }
})
