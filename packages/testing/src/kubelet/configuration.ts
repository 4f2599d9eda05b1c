/** The files that containerd, its network plugins and the kubelet read. */
import { join } from 'node:path'
import { NETWORK_PLUGINS } from './programs.ts'

/** What holds a pod's namespaces: an image that a cluster's own images must bring. */
export const PAUSE = {
  image: 'registry.sortie.test/pause:1',
  entrypoint: ['/bin/sleep', '2147483647'],
} as const
/** In the node's own mounts. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock'

export function containerdConfig(folder: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.native", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE.image}"
# Without CAP_SYS_RESOURCE, as in many virtual machines, no process may be made less likely to be ended than this one is.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${NETWORK_PLUGINS}"
conf_dir = "${join(folder, 'networks')}"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "${join(folder, 'registries')}"
`
}

/** Pods see each other and the node; what they send to the API server goes by the node's address. */
export function networkConfig(folder: string): string {
  const dataDir = join(folder, 'addresses')
  const ranges = [[{ subnet: '10.244.0.0/16' }]]
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'sortie',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        ipMasq: true,
        ipam: { type: 'host-local', dataDir, ranges, routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  })
}

export interface KubeletFiles {
  readonly folder: string
  /** Address that it listens on. */
  readonly address: string
  /** Certificate of those who may ask for logs. */
  readonly clientCa: string
}

export function kubeletConfig({ folder, address, clientCa }: KubeletFiles): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    readOnlyPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: clientCa },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    podLogsDir: join(folder, 'logs'),
    // Both generations of cgroups must do, and no system daemon manages them for us.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '',
    clusterDNS: ['10.0.0.10'],
    clusterDomain: 'cluster.local',
    // A test's machine may be full without harm to the test.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    imageGCHighThresholdPercent: 100,
  })
}

export interface KubeletKubeconfig {
  /** `host:port` of the relay to the API server. */
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly token: string
}

/** The server's certificate is not for the relay's address, but for the service's name. */
export function kubeletKubeconfig({ server, ca, token }: KubeletKubeconfig): string {
  const cluster = {
    server: `https://${server}`,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
    'tls-server-name': 'kubernetes.default.svc',
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'node', cluster }],
    users: [{ name: 'node', user: { token } }],
    contexts: [{ name: 'node', context: { cluster: 'node', user: 'node' } }],
    'current-context': 'node',
  })
}
