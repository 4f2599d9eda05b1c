/** What the server is made of: handed to whatever answers a request. */
import type { Clock, Logger, Random } from '@sortie/machinery'
import type { Admission } from '../admission/admission.ts'
import type { AccountTokens } from '../authentication/accounttokens.ts'
import type { TokenAuthenticator } from '../authentication/tokentable.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Store } from '../store/index.ts'
import type { Authorizer } from './authorization.ts'
import type { LogSource } from './logs.ts'

export interface ServerParts {
  readonly store: Store
  readonly catalog: Catalog
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The version that /version answers. */
  readonly version: string
  readonly authorizer: Authorizer
  /** For TokenReview. */
  readonly authenticator?: TokenAuthenticator
  readonly admission: Admission
  readonly accountTokens: AccountTokens
  readonly logSource?: LogSource
  /** Keeps metadata.managedFields up to date on every write. */
  readonly tracksFields: boolean
}
