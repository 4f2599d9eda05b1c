/** Spans as they arrive at a collector: OTLP over HTTP, as JSON. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseManifests } from '@sortie/api'
import { createClient } from '@sortie/client'
import { createFleet, DEFAULT_FLEET } from '@sortie/fleet'
import { createVirtualClock, silentLogger } from '@sortie/machinery'
import { DEFAULT_OPERATOR_CONFIG } from '@sortie/operator'
import { createMetrics, runAll } from '@sortie/runtime'
import { startTestCluster } from '@sortie/testing'
import { createOperatorPart } from '../commands/operator.ts'
import { createSchedulerPart } from '../commands/scheduler.ts'
import { applyDocuments } from '../manifests/apply.ts'
import { sampledShare, startTracing, tracedTransport, tracesUrl } from './traces.ts'

const ROOT = join(import.meta.dirname, '../../../..')

interface Span {
  readonly name: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[]
  }[]
}

async function startCollector() {
  const exports: Export[] = []
  const types = new Set<string>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      types.add(`${request.method} ${request.url} ${request.headers['content-type']}`)
      exports.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Export)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    types,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const attributeOf = ({ attributes }: { readonly attributes: Span['attributes'] }, key: string) =>
  Object.values(attributes.find((attribute) => attribute.key === key)?.value ?? {})[0]

/** Flies the first mission with operator and scheduler traced. */
async function fly(url: string): Promise<void> {
  const cluster = await startTestCluster()
  const { clock, random, client } = cluster
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: url }
  // The SDK keeps the machine's time.
  const tracing = await startTracing({ variables, clock }, 'sortie-test', silentLogger)
  assert.ok(tracing !== undefined)
  const { tracer } = tracing
  const context = (name: string) => ({
    client: createClient(tracedTransport(cluster.server.transport(), tracer), {
      clock,
      random,
      fieldManager: name,
    }),
    metrics: createMetrics(),
    log: silentLogger,
    clock,
    random,
    tracer,
  })
  const stop = new AbortController()
  const running = runAll(
    [
      createFleet({ client, clock, random, log: silentLogger, fleet: DEFAULT_FLEET }),
      createOperatorPart(context('operator'), DEFAULT_OPERATOR_CONFIG),
      createSchedulerPart(context('scheduler'), {}),
    ],
    stop.signal,
  )
  await clock.advance(2000)
  const documents = ['weapons.yaml', 'mission.yaml'].flatMap((name) => {
    const path = join(ROOT, 'examples/001-first-mission', name)
    return parseManifests(readFileSync(path, 'utf8'), path).documents
  })
  const { failures } = await applyDocuments({ client, namespace: 'default' }, documents, {})
  assert.deepEqual(failures, [])
  await clock.advance(60_000)
  stop.abort()
  await clock.advance(5000)
  await running
  await tracing.stop()
  await cluster.stop()
}

describe('traces', () => {
  let spans: readonly Span[]
  let collector: Awaited<ReturnType<typeof startCollector>>
  before(async () => {
    collector = await startCollector()
    await fly(collector.url)
    spans = collector.exports.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    )
  })
  after(() => collector.stop())

  const named = (name: string) => spans.filter((span) => span.name === name)
  const parentOf = ({ parentSpanId }: Span) => spans.find(({ spanId }) => spanId === parentSpanId)
  /** The names of the spans above those of a name. */
  const above = (name: string) => new Set(named(name).map((span) => parentOf(span)?.name))

  test('arrive as JSON at /v1/traces, from the service that is named', () => {
    assert.deepEqual([...collector.types], ['POST /v1/traces application/json'])
    const [first] = collector.exports
    const resource = first?.resourceSpans[0]?.resource ?? { attributes: [] }
    assert.equal(attributeOf(resource, 'service.name'), 'sortie-test')
  })

  test('each reconcile is a root, with its key, what it is about and what came of it', () => {
    const reconciles = named('reconcile flighttask')
    assert.ok(reconciles.length >= 9)
    for (const span of reconciles) assert.ok(!span.parentSpanId, span.parentSpanId)
    const told = reconciles.find((span) => attributeOf(span, 'sortie.mission') !== undefined)
    assert.ok(told !== undefined)
    assert.equal(attributeOf(told, 'sortie.mission'), 'dawn-patrol')
    assert.match(String(attributeOf(told, 'sortie.stage')), /./)
    assert.match(String(attributeOf(told, 'sortie.key')), /^default\/dawn-patrol-/)
    assert.equal(attributeOf(told, 'sortie.outcome'), 'success')
  })

  test('requests are below the reconcile that asked', () => {
    assert.equal(named('create pods').length, 9)
    assert.deepEqual(above('create pods'), new Set(['reconcile flighttask']))
    assert.deepEqual(above('create flighttasks'), new Set(['reconcile missionstage']))
    const [pod] = named('create pods')
    assert.ok(pod !== undefined)
    assert.equal(Number(attributeOf(pod, 'http.response.status_code')), 201)
    assert.equal(attributeOf(pod, 'k8s.namespace.name'), 'default')
  })

  test('bindings are below the scheduling cycle that decided, with pod and node', () => {
    const binds = named('bind')
    assert.equal(binds.length, 9)
    assert.deepEqual(above('bind'), new Set(['schedule']))
    assert.deepEqual(above('create pods/binding'), new Set(['bind']))
    for (const span of binds) {
      assert.match(String(attributeOf(span, 'sortie.pod')), /^default\/dawn-patrol-.*-pod$/)
      assert.ok(attributeOf(span, 'k8s.node.name'))
      assert.equal(attributeOf(span, 'sortie.outcome'), 'bound')
    }
    for (const span of named('schedule')) assert.ok(!span.parentSpanId)
  })

  test('nothing is traced that nobody below a reconcile or a cycle asked for', () => {
    const requests = spans.filter(({ name }) =>
      /^(get|list|create|patch|update|delete) /.test(name),
    )
    for (const span of requests) assert.ok(parentOf(span) !== undefined, span.name)
  })
})

test('the variables of OpenTelemetry say where traces go, and how many', () => {
  const common = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }
  assert.equal(tracesUrl({}), undefined)
  assert.equal(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), undefined)
  assert.equal(tracesUrl(common), 'http://c:4318/v1/traces')
  const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://d/x' }
  assert.equal(tracesUrl({ ...common, ...own }), 'http://d/x')
  assert.equal(tracesUrl({ ...common, OTEL_SDK_DISABLED: 'true' }), undefined)
  assert.equal(tracesUrl({ ...common, OTEL_TRACES_EXPORTER: 'none' }), undefined)
  const sampler = (name: string, argument: string) =>
    sampledShare({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument })
  assert.equal(sampledShare({}), 1)
  assert.equal(sampler('parentbased_traceidratio', '0.1'), 0.1)
  assert.equal(sampler('traceidratio', 'many'), 1)
  assert.equal(sampler('always_off', ''), 0)
})

test('a collector that does not answer holds up the end for five seconds, and is told', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  // Else its attempts would keep this process for ten seconds.
  process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '3000'
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const told: unknown[] = []
  const log = { ...silentLogger, warn: (_: string, fields?: object) => told.push(fields) }
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }
  const tracing = await startTracing({ variables, clock }, 'sortie-test', log as never)
  tracing?.tracer.startSpan('a').end()
  const stopped = tracing?.stop()
  await clock.advance(4_999)
  assert.deepEqual(told, [])
  await clock.advance(1)
  await stopped
  assert.deepEqual(told, [{ message: 'the last spans were not sent' }])
  silent.closeAllConnections()
  silent.close()
})

/** Runs the scheduler as its Deployment does, against nobody, until it serves; the modules of OpenTelemetry that it loaded. */
async function loadedModules(env: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sortie-traces-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const hook = join(folder, 'hook.mjs')
  const clusters = [{ name: 'a', cluster: { server: 'http://127.0.0.1:1' } }]
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }]
  const users = [{ name: 'a', user: {} }]
  const config = { clusters, contexts, users, 'current-context': 'a' }
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }))
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
registerHooks({ load(url, context, next) {
  if (url.includes('/@opentelemetry/')) writeSync(1, url.replace(/.*@opentelemetry\\//, '') + '\\n')
  return next(url, context)
} })`,
  )
  const main = join(ROOT, 'packages/cli/src/main.ts')
  const flags = ['--kubeconfig', kubeconfig, '--metrics-address', '0']
  const address = ['--health-address', '127.0.0.1:0']
  const child = spawn(
    process.execPath,
    ['--import', hook, main, 'scheduler', ...flags, ...address],
    { env: { PATH: process.env['PATH'], HOME: folder, ...env } },
  )
  let [loaded, log] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    loaded += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
    if (log.includes('"serving"')) child.kill('SIGTERM')
  })
  await once(child, 'close')
  rmSync(folder, { recursive: true, force: true })
  assert.match(log, /"serving"/)
  return loaded
}

test('without a collector nothing of the SDK is loaded; with one it is', async () => {
  const [off, on] = await Promise.all([
    loadedModules({}),
    loadedModules({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }),
  ])
  assert.match(on, /^sdk-trace\//m)
  assert.match(on, /^exporter-trace-otlp-http\//m)
  const others = off.split('\n').filter((url) => url !== '' && !url.startsWith('api/'))
  assert.deepEqual(others, [])
})
