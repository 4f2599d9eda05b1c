/** What the Prometheus operator reads: where to scrape, and when to wake someone. */
import { type InstallationSettings, labelsOf, type Manifest } from '@sortie/cli'

export function serviceMonitor(settings: InstallationSettings): Manifest {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: {
      name: settings.prefix,
      namespace: settings.namespace,
      labels: labelsOf('metrics'),
    },
    spec: {
      selector: { matchLabels: labelsOf('metrics') },
      endpoints: [{ port: 'metrics', interval: '30s' }],
    },
  }
}

interface Alert {
  readonly name: string
  readonly expr: string
  /** How long it must hold. */
  readonly for: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
  /** What to do. */
  readonly description: string
}

/** Expressions use metrics of docs/reference/metrics.md only; a test keeps it so. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'SortieNoLeader',
    // Where no replica is left there is nothing to sum: then it counts that there were some.
    expr:
      'sum by (name) (leader_election_master_status) < 1 or ' +
      '(sum by (name) (last_over_time(leader_election_master_status[1d])) unless sum by (name) (leader_election_master_status))',
    for: '2m',
    severity: 'critical',
    summary: 'No replica of {{ $labels.name }} leads',
    description: 'Nothing is done meanwhile. See the pods and their logs, then `sortie doctor`.',
  },
  {
    name: 'SortieReconcileErrors',
    expr: 'sum by (controller) (rate(controller_runtime_reconcile_errors_total[5m])) > 0.5',
    for: '10m',
    severity: 'warning',
    summary: 'The controller {{ $labels.controller }} fails again and again',
    description: 'Its log lines "reconcile failed" name the mission, stage or task, and the error.',
  },
  {
    name: 'SortieQueueSlow',
    expr: 'histogram_quantile(0.99, sum by (name, le) (rate(workqueue_queue_duration_seconds_bucket[5m]))) > 5',
    for: '10m',
    severity: 'warning',
    summary: 'Changes wait over 5 s for the controller {{ $labels.name }}',
    description: 'The operator lacks CPU, or the API server is slow: compare the request latency.',
  },
  {
    name: 'SortieApiErrors',
    expr: 'sum(rate(rest_client_requests_total{code=~"0|5.."}[5m])) / sum(rate(rest_client_requests_total[5m])) > 0.05',
    for: '10m',
    severity: 'warning',
    summary: 'More than 5 % of requests to the API server fail',
    description: 'Code 0 is a broken connection, 5xx the API server itself.',
  },
  {
    name: 'SortieForbidden',
    expr: 'sum by (verb, resource) (rate(rest_client_requests_total{code="403"}[10m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'The API server refuses {{ $labels.verb }} of {{ $labels.resource }}',
    description:
      'A right is missing, or admission or a quota refuses. Install the RBAC of this version.',
  },
  {
    name: 'SortiePodsWait',
    expr: 'max(sortie_scheduler_pending_pods) > 0 unless sum(increase(sortie_scheduler_attempts_total{result="scheduled"}[5m])) > 0',
    for: '30m',
    severity: 'warning',
    summary: 'Pods have waited for an aircraft for half an hour, and none was placed',
    description: 'The condition PodScheduled of the tasks says what is missing.',
  },
  {
    name: 'SortieNoAircraftReady',
    // A status that no aircraft has is not shown at all.
    expr:
      '(count(sortie_aircraft) or max(sortie_flight_tasks{phase="Pending"})) > 0 ' +
      'unless sum(max by (type, status) (sortie_aircraft{status=~"ready|flying"})) > 0',
    for: '10m',
    severity: 'critical',
    summary: 'No aircraft is ready',
    description: '`sortie get aircraft` and `sortie doctor` say what their nodes and labels lack.',
  },
  {
    name: 'SortieAircraftLabelsInvalid',
    expr: 'max(sortie_aircraft{status="invalid"}) > 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $value }} nodes call themselves aircraft but cannot be read',
    description: '`sortie doctor` names the nodes and labels.',
  },
]

export function prometheusRule(settings: InstallationSettings): Manifest {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: settings.prefix,
      namespace: settings.namespace,
      labels: labelsOf('metrics'),
    },
    spec: {
      groups: [
        {
          name: 'sortie',
          rules: ALERTS.map(({ name, severity, summary, description, ...rule }) => ({
            alert: name,
            ...rule,
            labels: { severity },
            annotations: { summary, description },
          })),
        },
      ],
    },
  }
}
