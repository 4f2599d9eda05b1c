/** Gauges over what informers hold: counted when they are asked for, never kept beside the cache. */
import type { KubeObject, Stored } from '@sortie/machinery'
import type { MetricLabels, Metrics } from './metrics.ts'

export interface ObjectGaugeOptions<T extends KubeObject> {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** What is counted, as an informer has it. */
  list(): Iterable<Stored<T>>
  /** Under which labels an object counts; undefined where it does not. */
  labelsOf(object: Stored<T>): MetricLabels | undefined
  /** Label values that are shown with 0 where nothing counts. */
  readonly always?: readonly MetricLabels[]
}

/** Objects by labels; a combination that nothing has any more goes away. */
export function createObjectGauge<T extends KubeObject>(
  metrics: Metrics,
  options: ObjectGaugeOptions<T>,
): void {
  const { name, help, labels, always = [] } = options
  metrics.gauge({
    name,
    help,
    labels,
    collect(gauge) {
      gauge.reset()
      for (const { count, at } of countByLabels(options, always)) gauge.set(count, at)
    },
  })
}

function countByLabels<T extends KubeObject>(
  { labels, list, labelsOf }: ObjectGaugeOptions<T>,
  always: readonly MetricLabels[],
): Iterable<{ readonly count: number; readonly at: MetricLabels }> {
  const counts = new Map<string, { count: number; at: MetricLabels }>()
  const keyOf = (at: MetricLabels): string => labels.map((label) => at[label] ?? '').join('\0')
  for (const at of always) counts.set(keyOf(at), { count: 0, at })
  for (const object of list()) {
    const at = labelsOf(object)
    if (at === undefined) continue
    const held = counts.get(keyOf(at))
    if (held === undefined) counts.set(keyOf(at), { count: 1, at })
    else held.count++
  }
  return counts.values()
}
