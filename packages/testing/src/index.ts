export * from './builders/nodes.ts'
export * from './cluster/cluster.ts'
export * from './cluster/requests.ts'
export * from './conformance/index.ts'
export {
  type ControlPlaneProgram,
  controlPlaneVersion,
  ensureControlPlane,
  missingForControlPlane,
  otherVersions,
} from './controlplane/binaries.ts'
export {
  type ControlPlane,
  type ControlPlaneOptions,
  type ServiceAccountName,
  startControlPlane,
} from './controlplane/launcher.ts'
export { type Daemon, startDaemon } from './controlplane/processes.ts'
export { type ControlPlaneUser, DEFAULT_USERS } from './controlplane/users.ts'
export { type RealCluster, type RealClusterOptions, startRealCluster } from './kubelet/cluster.ts'
export { PAUSE } from './kubelet/configuration.ts'
export type { KubeletNode, NodeOptions } from './kubelet/node.ts'
export { missingForKubelet } from './kubelet/programs.ts'
