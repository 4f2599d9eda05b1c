/** How the programs of the control plane are started. */
import { join } from 'node:path'

export interface Layout {
  /** A fresh folder of this run. */
  readonly folder: string
  readonly ports: {
    readonly etcd: number
    readonly peer: number
    readonly apiserver: number
    readonly controllerManager: number
    readonly scheduler: number
  }
}

const EIGHT_GIB = 8 * 2 ** 30

export const urlOf = ({ ports }: Layout): string => `https://127.0.0.1:${ports.apiserver}`
export const etcdUrlOf = ({ ports }: Layout): string => `http://127.0.0.1:${ports.etcd}`
export const fileOf = ({ folder }: Layout, name: string): string => join(folder, name)

export function etcdFlags(layout: Layout): string[] {
  const client = etcdUrlOf(layout)
  const peer = `http://127.0.0.1:${layout.ports.peer}`
  return [
    `--data-dir=${fileOf(layout, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    `--quota-backend-bytes=${EIGHT_GIB}`,
    // The data of a test bed need not outlive the machine.
    '--unsafe-no-fsync',
  ]
}

/** Admission that counts on controllers and kubelets that the bare test bed does not run. */
const ADMISSION_OF_REAL_NODES = ['ServiceAccount', 'TaintNodesByCondition']

export interface AdmissionChoice {
  /** Pods get their service account and its token, and a new node its taint, as in any cluster. */
  readonly wholeAdmission?: boolean
}

export function apiserverFlags(layout: Layout, choice: AdmissionChoice = {}): string[] {
  const off = choice.wholeAdmission === true ? [] : ADMISSION_OF_REAL_NODES
  return [
    `--etcd-servers=${etcdUrlOf(layout)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${layout.ports.apiserver}`,
    `--cert-dir=${fileOf(layout, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${fileOf(layout, 'service-account.pub')}`,
    `--service-account-signing-key-file=${fileOf(layout, 'service-account.key')}`,
    `--token-auth-file=${fileOf(layout, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--endpoint-reconciler-type=none',
    // By default nobody makes service accounts here, and nobody takes the taint off a new node.
    `--disable-admission-plugins=${off.join(',')}`,
    `--audit-policy-file=${fileOf(layout, 'audit-policy.yaml')}`,
    `--audit-log-path=${fileOf(layout, 'audit.log')}`,
    '--audit-log-mode=batch',
    '--profiling=false',
    '--shutdown-delay-duration=0s',
  ]
}

export function controllerManagerFlags(layout: Layout, controllers: readonly string[]): string[] {
  const kubeconfig = fileOf(layout, 'kube-controller-manager.kubeconfig')
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${layout.ports.controllerManager}`,
    `--cert-dir=${fileOf(layout, 'certificates')}`,
    `--controllers=${controllers.join(',')}`,
    `--service-account-private-key-file=${fileOf(layout, 'service-account.key')}`,
    `--root-ca-file=${fileOf(layout, 'certificates/apiserver.crt')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    '--concurrent-gc-syncs=20',
    '--concurrent-namespace-syncs=10',
  ]
}

export function schedulerFlags(layout: Layout): string[] {
  const kubeconfig = fileOf(layout, 'kube-scheduler.kubeconfig')
  return [
    `--config=${fileOf(layout, 'kube-scheduler.yaml')}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${layout.ports.scheduler}`,
    `--cert-dir=${fileOf(layout, 'certificates')}`,
  ]
}

/** Client limits raised, so that it is the scheduler that is measured and not its patience. */
export function schedulerConfig(layout: Layout): string {
  return `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: ${fileOf(layout, 'kube-scheduler.kubeconfig')}
  qps: 5000
  burst: 10000
leaderElection: {leaderElect: false}
`
}

export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`
