/**
 * Traces by OpenTelemetry, where the environment names a collector (OTEL_EXPORTER_OTLP_ENDPOINT); else its SDK is never loaded.
 * What the variables mean: https://opentelemetry.io/docs/specs/otel/protocol/exporter.
 */
import { context, DiagLogLevel, diag, type Tracer } from '@opentelemetry/api'
import { type Clock, type Logger, sleep, type Transport } from '@sortie/machinery'
import { startRootSpan, traceRequests, within } from '@sortie/runtime'
import type { Environment } from '../environment.ts'
import { VERSION } from '../version.ts'

export interface Tracing {
  readonly tracer: Tracer
  /** Sends what is left, for at most five seconds. */
  stop(): Promise<void>
}

/** How long the end of a part waits for the collector. */
const FLUSH_MS = 5_000

/** Where traces go: the variable for traces as it stands, else the common one and `/v1/traces`. Undefined: nowhere. */
export function tracesUrl(variables: Environment['variables']): string | undefined {
  const {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own = '',
    OTEL_EXPORTER_OTLP_ENDPOINT: common = '',
    OTEL_SDK_DISABLED: disabled,
    OTEL_TRACES_EXPORTER: exporter,
  } = variables
  if (disabled === 'true' || exporter === 'none') return undefined
  if (own !== '') return own
  return common === '' ? undefined : `${common.replace(/\/+$/, '')}/v1/traces`
}

/** The share of traces that is kept, by OTEL_TRACES_SAMPLER and its argument; all where nothing is said. */
export function sampledShare({
  OTEL_TRACES_SAMPLER: sampler = '',
  OTEL_TRACES_SAMPLER_ARG: argument = '1',
}: Environment['variables']): number {
  if (sampler.endsWith('always_off')) return 0
  const share = sampler.endsWith('traceidratio') ? Number(argument) : 1
  return share >= 0 && share <= 1 ? share : 1
}

/** Undefined where no collector is named. @param name of the service where OTEL_SERVICE_NAME says nothing */
export async function startTracing(
  { variables, clock }: Pick<Environment, 'variables' | 'clock'>,
  name: string,
  log: Logger,
): Promise<Tracing | undefined> {
  const url = tracesUrl(variables)
  if (url === undefined) return undefined
  const [sdk, { OTLPTraceExporter }, resources, { AsyncLocalStorageContextManager }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
    ])
  const tell = (level: 'warn' | 'error') => (message: string) => log[level]('traces', { message })
  const quiet = (): void => {}
  diag.setLogger(
    { error: tell('error'), warn: tell('warn'), info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const { resourceFromAttributes, detectResources, envDetector, defaultResource } = resources
  const provider = new sdk.TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': name, 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new sdk.ParentBasedSampler({
      root: new sdk.TraceIdRatioBasedSampler(sampledShare(variables)),
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url }),
        maxQueueSize: 16_384,
      }),
    ],
  })
  log.info('tracing', { url })
  return {
    tracer: provider.getTracer('sortie', VERSION),
    async stop() {
      const sent = provider.shutdown().catch((error: unknown) => tell('warn')(String(error)))
      const late = sleep(clock, FLUSH_MS).then(() => 'late' as const)
      if ((await Promise.race([sent, late])) === 'late')
        tell('warn')('the last spans were not sent')
      context.disable()
    },
  }
}

/**
 * A clock by which each scheduling cycle is a span, `schedule`: the scheduler begins one from a timer of no delay, and from nothing else.
 * What it binds is below it.
 */
export function traceCycles(clock: Clock, tracer: Tracer): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer(delayMs, callback) {
      if (delayMs > 0) return clock.setTimer(delayMs, callback)
      return clock.setTimer(0, () => {
        const span = startRootSpan(tracer, 'schedule', {})
        try {
          within(span, callback)
        } finally {
          span.end()
        }
      })
    },
  }
}

/** Spans of requests, and of bindings above theirs. */
export function tracedTransport(inner: Transport, tracer: Tracer): Transport {
  return traceBinds(traceRequests(inner, tracer), tracer)
}

/** A transport in which each binding is a span, `bind`, with the pod and its node; the request itself is below it. */
function traceBinds(inner: Transport, tracer: Tracer): Transport {
  return {
    parses: inner.parses === true,
    async request(request) {
      const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/binding$/.exec(request.path)
      if (pod === null) return inner.request(request)
      const { target } = request.body as { readonly target: { readonly name: string } }
      const attributes = { 'sortie.pod': `${pod[1]}/${pod[2]}`, 'k8s.node.name': target.name }
      const span = tracer.startSpan('bind', { attributes })
      try {
        const answer = await within(span, () => inner.request(request))
        span.setAttribute('sortie.outcome', answer.status < 300 ? 'bound' : 'refused')
        return answer
      } finally {
        span.end()
      }
    },
    watch: (request, sink) => inner.watch(request, sink),
    stream: (request, sink) => inner.stream(request, sink),
    close: () => inner.close(),
  }
}
