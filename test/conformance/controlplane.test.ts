/**
 * The conformance suite against a real kube-apiserver, the judge of the cases. SORTIE_CONFORMANCE_KUBECONFIG names the kubeconfig
 * of one that runs already; otherwise one is started, and built before where it must be, of the version that
 * SORTIE_CONFORMANCE_VERSION names (`v1.29`; default the test bed's own).
 */
import { after, test } from 'node:test'
import { bearerToken, createHttpTransport, loadKubeconfig } from '@sortie/client'
import { systemClock, type Transport } from '@sortie/machinery'
import {
  type ConformanceServer,
  type ControlPlane,
  declareConformance,
  missingForControlPlane,
  startControlPlane,
} from '@sortie/testing'
import { declareBadInputs } from './badinputs.ts'

const given = process.env['SORTIE_CONFORMANCE_KUBECONFIG']
const version = process.env['SORTIE_CONFORMANCE_VERSION']
const missing =
  given === undefined
    ? missingForControlPlane(['kube-apiserver', 'kube-controller-manager'], version)
    : undefined

let plane: ControlPlane | undefined
const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
  await plane?.stop()
})

async function openGiven(path: string): Promise<ConformanceServer> {
  const clock = systemClock()
  const connection = await loadKubeconfig({ path })
  const admin = createHttpTransport({ ...connection, clock })
  const nobodyPath = path.replace(/admin(?=\.kubeconfig$)/, 'nobody')
  const nobody = createHttpTransport({ ...(await loadKubeconfig({ path: nobodyPath })), clock })
  closing.push(
    () => admin.close(),
    () => nobody.close(),
  )
  const bearer = (token: string): Transport => {
    const opened = createHttpTransport({ ...connection, clock, auth: bearerToken(token) })
    closing.push(() => opened.close())
    return opened
  }
  return { kind: 'kubernetes', admin, nobody, bearer }
}

/** What the cases see the work of. */
const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'clusterrole-aggregation-controller',
]

async function openOwn(): Promise<ConformanceServer> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const chosen = version === undefined ? {} : { version }
  const started = await startControlPlane({ report, controllers: CONTROLLERS, ...chosen })
  plane = started
  const { compact } = started
  const bearer = (token: string): Transport => {
    const clock = systemClock({ unref: true })
    const connection = { server: started.url, tls: { ca: started.ca }, clock }
    const opened = createHttpTransport({ ...connection, auth: bearerToken(token) })
    closing.push(() => opened.close())
    return opened
  }
  return {
    kind: 'kubernetes',
    admin: started.transport('admin'),
    nobody: started.transport('nobody'),
    bearer,
    compact,
  }
}

let opened: Promise<ConformanceServer> | undefined
const open = (): Promise<ConformanceServer> => {
  opened ??= given === undefined ? openOwn() : openGiven(given)
  return opened
}

if (missing === undefined) {
  declareConformance('kubernetes', open)
  declareBadInputs(open)
} else {
  test('the conformance suite against Kubernetes', { skip: missing }, () => {})
}
