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
}

export interface HistogramMetric {
  observe(value: number, labels?: MetricLabels): void
}

export interface Metrics {
  counter(description: MetricDescription): CounterMetric
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
      const counter = new Counter(base(description))
      return { add: (labels = {}, value = 1) => counter.inc(labels, value) }
    },
    gauge(description) {
      const { collect } = description
      const gauge = new Gauge({
        ...base(description),
        ...(collect === undefined ? {} : { collect: () => collect(handle) }),
      })
      const handle: GaugeMetric = { set: (value, labels = {}) => gauge.set(labels, value) }
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
  reconciled(
    controller: string,
    outcome: 'success' | 'error' | 'conflict' | 'terminal',
    seconds: number,
  ): void
}

export const noControllerMetrics: ControllerMetrics = { queueDepth() {}, reconciled() {} }

export function createControllerMetrics(metrics: Metrics): ControllerMetrics {
  const depth = metrics.gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait in a controller’s work queue',
    labels: ['name'],
  })
  const total = metrics.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by controller and result',
    labels: ['controller', 'result'],
  })
  const time = metrics.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of one reconciliation',
    labels: ['controller'],
  })
  return {
    queueDepth: (controller, value) => depth.set(value, { name: controller }),
    reconciled(controller, result, seconds) {
      total.add({ controller, result })
      time.observe(seconds, { controller })
    },
  }
}
