export type { TokenTable } from './authentication/tokentable.ts'
export { type HttpService, type ServeOptions, serveHttp } from './http/serve.ts'
export type { UserInfo } from './registry/definition.ts'
export {
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
} from './server/apiserver.ts'
export type {
  AccessAttributes,
  AccessDecision,
  AccessRules,
  Authorizer,
} from './server/authorization.ts'
export type { LogRequest, LogSource } from './server/logs.ts'
export { ADMIN } from './server/users.ts'
export { createStore, type Store, type StoreOptions } from './store/index.ts'
export { openSqliteJournal } from './store/sqlite.ts'
