/** The Grafana dashboard: rows of panels from a table of titles and expressions. */

interface Panel {
  readonly title: string
  readonly unit: 'short' | 's' | 'reqps' | 'bytes'
  /** Expressions with the legend of their lines. */
  readonly lines: readonly (readonly [expr: string, legend: string])[]
  readonly kind?: 'timeseries' | 'stat'
}

const quantile = (q: number, metric: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (${by === '' ? 'le' : `${by}, le`}) (rate(${metric}_bucket[$__rate_interval])))`

const latencies = (metric: string): Panel['lines'] => [
  [quantile(0.5, metric), 'p50'],
  [quantile(0.99, metric), 'p99'],
]

/** Of Sortie's processes alone, however they are scraped: others have such a metric too, but no build of Sortie. */
const ofParts = (value: string): string =>
  `sum by (part, pod) (${value} * on (job, instance) group_left (part) sortie_build_info)`

/** Replicas hold the same caches: the greatest is the number. */
const PANELS: readonly Panel[] = [
  {
    title: 'Missions by phase',
    unit: 'short',
    kind: 'stat',
    lines: [['max by (phase) (sortie_missions)', '{{phase}}']],
  },
  {
    title: 'Aircraft by status',
    unit: 'short',
    kind: 'stat',
    lines: [['sum by (status) (max by (type, status) (sortie_aircraft))', '{{status}}']],
  },
  {
    title: 'Flight tasks by phase',
    unit: 'short',
    lines: [['max by (phase) (sortie_flight_tasks)', '{{phase}}']],
  },
  {
    title: 'Stages by phase',
    unit: 'short',
    lines: [['max by (phase) (sortie_mission_stages)', '{{phase}}']],
  },
  {
    title: 'Scheduling attempts',
    unit: 'reqps',
    lines: [
      ['sum by (result) (rate(sortie_scheduler_attempts_total[$__rate_interval]))', '{{result}}'],
    ],
  },
  {
    title: 'Time until a pod has an aircraft',
    unit: 's',
    lines: latencies('sortie_scheduler_pod_scheduling_duration_seconds'),
  },
  {
    title: 'Pods that wait for an aircraft',
    unit: 'short',
    lines: [['max(sortie_scheduler_pending_pods)', 'pods']],
  },
  {
    title: 'Work queue depth',
    unit: 'short',
    lines: [['sum by (name) (workqueue_depth)', '{{name}}']],
  },
  {
    title: 'Work queue latency, p99',
    unit: 's',
    lines: [[quantile(0.99, 'workqueue_queue_duration_seconds', 'name'), '{{name}}']],
  },
  {
    title: 'Reconcile time, p99',
    unit: 's',
    lines: [
      [quantile(0.99, 'controller_runtime_reconcile_time_seconds', 'controller'), '{{controller}}'],
    ],
  },
  {
    title: 'Reconciliations by result',
    unit: 'reqps',
    lines: [
      [
        'sum by (result) (rate(controller_runtime_reconcile_total[$__rate_interval]))',
        '{{result}}',
      ],
    ],
  },
  {
    title: 'API requests by verb and code',
    unit: 'reqps',
    lines: [
      [
        'sum by (verb, code) (rate(rest_client_requests_total[$__rate_interval]))',
        '{{verb}} {{code}}',
      ],
    ],
  },
  {
    title: 'API request latency',
    unit: 's',
    lines: latencies('rest_client_request_duration_seconds'),
  },
  {
    title: 'CPU',
    unit: 'short',
    lines: [[ofParts('rate(process_cpu_seconds_total[$__rate_interval])'), '{{part}} {{pod}}']],
  },
  {
    title: 'Memory',
    unit: 'bytes',
    lines: [[ofParts('process_resident_memory_bytes'), '{{part}} {{pod}}']],
  },
  {
    title: 'Leaders',
    unit: 'short',
    kind: 'stat',
    lines: [['sum by (name) (leader_election_master_status)', '{{name}}']],
  },
]

const WIDTH = 8
const HEIGHT = 8
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

export function grafanaDashboard(): object {
  return {
    uid: 'sortie',
    title: 'Sortie',
    tags: ['sortie'],
    schemaVersion: 39,
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' }],
    },
    panels: PANELS.map(panel),
  }
}

function panel({ title, unit, lines, kind = 'timeseries' }: Panel, index: number): object {
  const columns = 24 / WIDTH
  return {
    id: index + 1,
    title,
    type: kind,
    datasource: DATASOURCE,
    gridPos: {
      x: (index % columns) * WIDTH,
      y: Math.floor(index / columns) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: lines.map(([expr, legendFormat], line) => ({
      refId: String.fromCharCode(65 + line),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  }
}
