/** Metrics behind an interface of our own: names and labels as the field uses them, prom-client underneath. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type MetricLabels = Readonly<Record<string, string>>

export interface MetricDescription {
  /** Prometheus name, with unit: `sortie_scheduling_duration_seconds`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface CounterMetric {
  add(labels?: MetricLabels, value?: number): void
}

export interface GaugeMetric {
  set(value: number, labels?: MetricLabels): void
  /** Forgets all labels. */
  reset(): void
}

export interface HistogramMetric {
  observe(value: number, labels?: MetricLabels): void
}

export interface Metrics {
  counter(
    description: MetricDescription & {
      /** Sets a total that something else counts; called before the metrics are shown. */
      readonly collect?: (total: { set(value: number): void }) => void
    },
  ): CounterMetric
  gauge(
    description: MetricDescription & { readonly collect?: (gauge: GaugeMetric) => void },
  ): GaugeMetric
  histogram(
    description: MetricDescription & { readonly buckets?: readonly number[] },
  ): HistogramMetric
  /** All metrics in Prometheus' text format. */
  expose(): Promise<string>
}

/** Seconds, as client-go's latency buckets. */
const LATENCY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const base = ({ name, help, labels = [] }: MetricDescription) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  })
  return {
    counter(description) {
      const { collect } = description
      const total = {
        set(value: number): void {
          counter.reset()
          counter.inc(value)
        },
      }
      const counter = new Counter({
        ...base(description),
        ...(collect === undefined ? {} : { collect: () => collect(total) }),
      })
      return { add: (labels = {}, value = 1) => counter.inc(labels, value) }
    },
    gauge(description) {
      const { collect } = description
      const gauge = new Gauge({
        ...base(description),
        ...(collect === undefined ? {} : { collect: () => collect(handle) }),
      })
      const handle: GaugeMetric = {
        set: (value, labels = {}) => gauge.set(labels, value),
        reset: () => gauge.reset(),
      }
      return handle
    },
    histogram(description) {
      const histogram = new Histogram({
        ...base(description),
        buckets: [...(description.buckets ?? LATENCY_BUCKETS)],
      })
      return { observe: (value, labels = {}) => histogram.observe(labels, value) }
    },
    expose: () => registry.metrics(),
  }
}

/** What a controller reports about itself. */
export interface ControllerMetrics {
  queueDepth(controller: string, depth: number): void
  /** A key was taken from the queue after having waited in it that long. */
  taken(controller: string, waitedSeconds: number): void
  /** A key is tried again after a failure. */
  retried(controller: string): void
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void
  /** Where reconciles are traced: runs one, and gives its outcome back. */
  around?(
    controller: string,
    key: string,
    run: () => Promise<ReconcileOutcome>,
  ): Promise<ReconcileOutcome>
}

/** What came of one reconcile. */
export type ReconcileOutcome = 'success' | 'error' | 'conflict' | 'terminal'

export const noControllerMetrics: ControllerMetrics = {
  queueDepth() {},
  taken() {},
  retried() {},
  reconciled() {},
}

/** Under the names of client-go's work queue and of controller-runtime. */
export function createControllerMetrics(metrics: Metrics): ControllerMetrics {
  const queue = createQueueMetrics(metrics)
  const total = metrics.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by controller and result',
    labels: ['controller', 'result'],
  })
  const errors = metrics.counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed, conflicts not counted',
    labels: ['controller'],
  })
  const terminal = metrics.counter({
    name: 'controller_runtime_terminal_reconcile_errors_total',
    help: 'Reconciliations that failed and are not tried again',
    labels: ['controller'],
  })
  const time = metrics.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of one reconciliation',
    labels: ['controller'],
  })
  return {
    ...queue,
    reconciled(controller, result, seconds) {
      total.add({ controller, result })
      if (result === 'error' || result === 'terminal') errors.add({ controller })
      if (result === 'terminal') terminal.add({ controller })
      time.observe(seconds, { controller })
    },
  }
}

function createQueueMetrics(metrics: Metrics): Omit<ControllerMetrics, 'reconciled'> {
  const depth = metrics.gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait in a controller’s work queue',
    labels: ['name'],
  })
  const waited = metrics.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waited in the queue before a worker took it',
    labels: ['name'],
  })
  const retries = metrics.counter({
    name: 'workqueue_retries_total',
    help: 'Keys put back into the queue after a failure',
    labels: ['name'],
  })
  return {
    queueDepth: (name, value) => depth.set(value, { name }),
    taken: (name, seconds) => waited.observe(seconds, { name }),
    retried: (name) => retries.add({ name }),
  }
}
