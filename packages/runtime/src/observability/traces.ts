/** Spans of reconciles and of the requests below them. Wrapped around only where traces are wanted: else nothing is spent. */
import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { ApiRequest, Transport } from '@sortie/machinery'
import type { KeyFields } from './logging.ts'
import type { ControllerMetrics } from './metrics.ts'
import { requestAttributes } from './requests.ts'

/** Runs `work` as what the span is about: what it asks for, now and later, is below it. The span is ended by `work`. */
export function within<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(context.active(), span), work)
}

/** A span without parent, whatever is under way: work that others only set off. */
export function startRootSpan(tracer: Tracer, name: string, attributes: Attributes): Span {
  return tracer.startSpan(name, { attributes, root: true }, ROOT_CONTEXT)
}

/** Metrics with a span for each reconcile: `reconcile flighttask`, with mission, stage and task where they are known. */
export function traceReconciles(
  inner: ControllerMetrics,
  tracer: Tracer,
  fieldsOf: KeyFields,
): ControllerMetrics {
  return {
    ...inner,
    async around(controller, key, run) {
      const attributes = { 'sortie.controller': controller, 'sortie.key': key }
      const span = startRootSpan(tracer, `reconcile ${controller}`, attributes)
      for (const [name, value] of Object.entries(fieldsOf(controller, key))) {
        if (typeof value === 'string') span.setAttribute(`sortie.${name}`, value)
      }
      const outcome = await within(span, run)
      span.setAttribute('sortie.outcome', outcome)
      if (outcome === 'error' || outcome === 'terminal') span.setStatus(FAILED)
      span.end()
      return outcome
    },
  }
}

const FAILED = { code: SpanStatusCode.ERROR }

/** A transport with a span for each request that is asked for within another span; named as RBAC does: `patch flighttasks/status`. */
export function traceRequests(inner: Transport, tracer: Tracer): Transport {
  return {
    parses: inner.parses === true,
    request: (request) =>
      trace.getActiveSpan() === undefined
        ? inner.request(request)
        : tracedRequest(inner, tracer, request),
    watch: (request, sink) => inner.watch(request, sink),
    stream: (request, sink) => inner.stream(request, sink),
    close: () => inner.close(),
  }
}

async function tracedRequest(inner: Transport, tracer: Tracer, request: ApiRequest) {
  const { verb, resource, subresource, namespace, name } = requestAttributes(request)
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const span = tracer.startSpan(`${verb} ${full === '' ? request.path : full}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': request.method,
      'url.path': request.path,
      ...(namespace === '' ? {} : { 'k8s.namespace.name': namespace }),
      ...(name === '' ? {} : { 'sortie.object': name }),
    },
  })
  try {
    const answer = await within(span, () => inner.request(request))
    span.setAttribute('http.response.status_code', answer.status)
    if (answer.status >= 400) span.setStatus(FAILED)
    return answer
  } catch (error) {
    span.setStatus({ ...FAILED, message: String(error) })
    throw error
  } finally {
    span.end()
  }
}
