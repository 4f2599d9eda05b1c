/**
 * The conformance suite against a real kube-apiserver, the judge of the cases. SORTIE_CONFORMANCE_KUBECONFIG names the kubeconfig
 * of one that runs already; otherwise one is started, and built before where it must be.
 */
import { after, test } from 'node:test'
import { createHttpTransport, loadKubeconfig } from '@sortie/client'
import { systemClock } from '@sortie/machinery'
import {
  type ConformanceServer,
  type ControlPlane,
  declareConformance,
  missingForControlPlane,
  startControlPlane,
} from '@sortie/testing'
import { declareBadInputs } from './badinputs.ts'

const given = process.env['SORTIE_CONFORMANCE_KUBECONFIG']
const missing =
  given === undefined
    ? missingForControlPlane(['kube-apiserver', 'kube-controller-manager'])
    : undefined

let plane: ControlPlane | undefined
const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
  await plane?.stop()
})

async function openGiven(path: string): Promise<ConformanceServer> {
  const clock = systemClock()
  const admin = createHttpTransport({ ...(await loadKubeconfig({ path })), clock })
  const nobodyPath = path.replace(/admin(?=\.kubeconfig$)/, 'nobody')
  const nobody = createHttpTransport({ ...(await loadKubeconfig({ path: nobodyPath })), clock })
  closing.push(
    () => admin.close(),
    () => nobody.close(),
  )
  return { kind: 'kubernetes', admin, nobody }
}

async function openOwn(): Promise<ConformanceServer> {
  plane = await startControlPlane({ report: (line) => process.stderr.write(`${line}\n`) })
  const { compact } = plane
  return {
    kind: 'kubernetes',
    admin: plane.transport('admin'),
    nobody: plane.transport('nobody'),
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
