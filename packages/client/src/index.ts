export {
  type AuthProvider,
  anonymous,
  type Credentials,
  type TlsOptions,
} from './auth/credentials.ts'
export { type ExecAuthOptions, type ExecPlugin, execAuth } from './auth/exec.ts'
export { basicAuth, bearerToken, tokenFile } from './auth/tokens.ts'
export * from './client/client.ts'
export { isStatusObject, toStatusError } from './client/failures.ts'
export * from './client/options.ts'
export * from './client/paths.ts'
export type { ResourceClient } from './client/resource.ts'
export { DEFAULT_RETRY, NO_RETRY, type RetryPolicy } from './client/retry.ts'
export { type IndexFunction, OWNER_UID_INDEX } from './informer/indexes.ts'
export * from './informer/informer.ts'
export { stripBookkeeping } from './informer/transform.ts'
export { compareVersions, newerVersion } from './informer/version.ts'
export {
  type ConnectionOptions,
  type KubeconfigOptions,
  loadKubeconfig,
} from './kubeconfig/kubeconfig.ts'
export { createHttpTransport } from './transport/http.ts'
export { createLineSplitter, type LineSplitter } from './transport/lines.ts'
export type { HttpTransportOptions } from './transport/wire.ts'
