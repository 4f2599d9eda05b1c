/** Alerts and dashboard as Prometheus itself reads them: which states of the metrics wake someone, and what panels show. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  createControllerMetrics,
  createLeaderMetric,
  createMetrics,
  createRequestMetrics,
} from '@sortie/runtime'
import { parse, stringify } from 'yaml'
import { ROOT } from './helm.ts'
import { runCommand } from './server.ts'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const skip =
  hasPromtool || process.env.CI === 'true'
    ? false
    : 'promtool is not installed: `apt-get install prometheus`'

/** Samples by series, one a minute, as promtool writes them: `1x30` is 31 times 1, `_` none. */
type Series = Readonly<Record<string, string>>
interface Case {
  readonly series: Series
  /** Minutes after the first sample. */
  readonly at: number
  readonly fires: boolean
}

const pending = 'sortie_scheduler_pending_pods{pod="s"}'
const placed = 'sortie_scheduler_attempts_total{pod="s",result="scheduled"}'
const leads = (name: string): string => `leader_election_master_status{name="${name}",pod="o"}`
const aircraft = (status: string): string =>
  `sortie_aircraft{pod="o",type="j20",status="${status}"}`
const tasks = (phase: string): string => `sortie_flight_tasks{pod="o",phase="${phase}"}`

const ALERTS: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  SortiePodsWait: {
    'while none is placed, though ever more wait': {
      series: { [pending]: '10+1x60', [placed]: '7x60' },
      at: 50,
      fires: true,
    },
    'where none was ever placed': { series: { [pending]: '3x60' }, at: 50, fires: true },
    'not while some are placed and as many come': {
      series: { [pending]: '5x90', [placed]: '7+3x90' },
      at: 80,
      fires: false,
    },
    'not at once': { series: { [pending]: '3x60', [placed]: '7x60' }, at: 20, fires: false },
    'not where none waits': {
      series: { [pending]: '0x60', [placed]: '7x60' },
      at: 50,
      fires: false,
    },
  },
  SortieNoLeader: {
    'where replicas are there and none leads': {
      series: { [leads('operator')]: '0x30' },
      at: 10,
      fires: true,
    },
    'where no replica is there any more': {
      series: { [leads('operator')]: '1x10 _x60', [leads('scheduler')]: '1x60' },
      at: 40,
      fires: true,
    },
    'not where one leads': {
      series: { [leads('operator')]: '1x60', [leads('scheduler')]: '1x60' },
      at: 40,
      fires: false,
    },
  },
  SortieNoAircraftReady: {
    'where all are in maintenance': {
      series: { [aircraft('ready')]: '4x10 _x60', [aircraft('maintenance')]: '1x10 5x60' },
      at: 60,
      fires: true,
    },
    'where tasks wait and there are none at all': {
      series: { [tasks('Pending')]: '2x60' },
      at: 40,
      fires: true,
    },
    'not while all fly': { series: { [aircraft('flying')]: '5x60' }, at: 40, fires: false },
    'not where there are none and nothing waits': {
      series: { [tasks('Pending')]: '0x60' },
      at: 40,
      fires: false,
    },
  },
}

describe('Prometheus', { skip }, () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sortie-alerts-'))
    const rule = parse(readFileSync(join(ROOT, 'config/components/alerts/rules.yaml'), 'utf8'))
    writeFileSync(join(folder, 'rules.yaml'), stringify(rule.spec))
  })
  after(() => rmSync(folder, { recursive: true }))

  test('reads the alerts', async () => {
    const { status, stderr } = await runCommand('promtool', [
      'check',
      'rules',
      join(folder, 'rules.yaml'),
    ])
    assert.equal(status, 0, stderr)
  })

  test('finds nothing wrong with the metrics', async () => {
    const metrics = createMetrics()
    createLeaderMetric(metrics, { name: 'operator', isLeader: () => true })
    createControllerMetrics(metrics).reconciled('mission', 'success', 0.1)
    const { verb, ...request } = { verb: 'list', group: '', resource: 'pods', subresource: '' }
    createRequestMetrics(metrics)({ verb, ...request, namespace: '', name: '' }, 200, 0.1)
    const input = await metrics.expose()
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    })
    assert.deepEqual([status, stdout, stderr], [0, '', ''])
  })

  test('shows what parts take, whatever the job is called that scrapes them, and of nobody else', async () => {
    const at = (pod: string): string => `job="pods",instance="${pod}:8080",pod="${pod}"`
    const series = {
      [`sortie_build_info{${at('o')},part="sortie-operator",version="1"}`]: '1x30',
      [`process_cpu_seconds_total{${at('o')}}`]: '0+30x30',
      [`process_resident_memory_bytes{${at('o')}}`]: '64x30',
      [`process_cpu_seconds_total{${at('other')}}`]: '0+60x30',
      [`process_resident_memory_bytes{${at('other')}}`]: '99x30',
    }
    for (const [title, value] of Object.entries({ CPU: 0.5, Memory: 64 })) {
      const path = join(folder, `${title}.yaml`)
      const samples = [{ labels: '{part="sortie-operator",pod="o"}', value }]
      const expression = { expr: expressionOf(title), at: 20, samples }
      writeFileSync(path, stringify(expressionTest(series, expression)))
      const { status, stdout, stderr } = await runCommand('promtool', ['test', 'rules', path])
      assert.equal(status, 0, stdout + stderr)
    }
  })

  for (const [alert, cases] of Object.entries(ALERTS)) {
    describe(`wakes someone by ${alert}`, () => {
      for (const [title, one] of Object.entries(cases)) {
        test(title, async () => {
          const path = join(folder, `${alert}.yaml`)
          writeFileSync(path, stringify(unitTest(alert, one)))
          const { status, stdout, stderr } = await runCommand('promtool', ['test', 'rules', path])
          assert.equal(status, 0, stdout + stderr)
        })
      }
    })
  }
})

/** promtool's own format of a test. */
function unitTest(alert: string, { series, at, fires }: Case): object {
  const expr = `count(ALERTS{alertname="${alert}",alertstate="firing"})`
  return expressionTest(series, { expr, at, samples: fires ? [{ labels: '{}', value: 1 }] : [] })
}

interface Expression {
  readonly expr: string
  readonly at: number
  readonly samples: readonly { readonly labels: string; readonly value: number }[]
}

function expressionTest(series: Series, { expr, at, samples }: Expression): object {
  return {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [{ expr, eval_time: `${at}m`, exp_samples: samples }],
      },
    ],
  }
}

interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

/** The first expression of a panel of the Grafana dashboard. */
function expressionOf(title: string): string {
  const text = readFileSync(join(ROOT, 'charts/sortie/files/dashboard.generated.json'), 'utf8')
  const { panels } = JSON.parse(text) as { readonly panels: readonly Panel[] }
  const expr = panels.find((panel) => panel.title === title)?.targets[0]?.expr
  assert.ok(expr !== undefined, title)
  return expr.replaceAll('$__rate_interval', '5m')
}
