/** The server's own controllers: each listens to the store's changes and acts on them. Nothing polls. */

import type { WriteContext } from '../registry/definition.ts'
import type { ServerParts } from '../server/parts.ts'
import { ADMIN } from '../server/users.ts'

export interface ServerController {
  start(): void
  stop(): void
}

/** The write context of a controller that acts for the server itself. */
export function controllerContext(parts: ServerParts): WriteContext {
  const { store, catalog, clock, random, authorizer } = parts
  const base = { store, catalog, clock, random, authorizer }
  return { ...base, user: ADMIN, dryRun: false, warnings: [] }
}
