export * from './builders/nodes.ts'
export * from './cluster/cluster.ts'
export * from './cluster/requests.ts'
export * from './conformance/index.ts'
export {
  type ControlPlaneProgram,
  controlPlaneVersion,
  missingForControlPlane,
} from './controlplane/binaries.ts'
export {
  type ControlPlane,
  type ControlPlaneOptions,
  type ServiceAccountName,
  startControlPlane,
} from './controlplane/launcher.ts'
export { type ControlPlaneUser, DEFAULT_USERS } from './controlplane/users.ts'
