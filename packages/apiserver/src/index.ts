export { type HttpService, type ServeOptions, serveHttp } from './http/serve.ts'
export type { UserInfo } from './registry/definition.ts'
export {
  ADMIN,
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
} from './server/apiserver.ts'
export { createStore, type Store, type StoreOptions } from './store/index.ts'
