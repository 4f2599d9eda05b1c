/** What the server is made of: handed to whatever answers a request. */
import type { Clock, Logger, Random } from '@sortie/machinery'
import type { Catalog } from '../registry/catalog.ts'
import type { Store } from '../store/index.ts'

export interface ServerParts {
  readonly store: Store
  readonly catalog: Catalog
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The version that /version answers. */
  readonly version: string
}
