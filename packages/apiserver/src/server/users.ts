/** Users that the server itself knows. */
import type { UserInfo } from '../registry/definition.ts'

/** The user of the in-process transport where none is named: may do everything. */
export const ADMIN: UserInfo = {
  name: 'system:admin',
  groups: ['system:masters', 'system:authenticated'],
}
