/** Service accounts as users. */
const PREFIX = 'system:serviceaccount:'

export interface AccountName {
  readonly namespace: string
  readonly name: string
}

/** The account behind a user's name; undefined for every other user. */
export function serviceAccountOf(user: string): AccountName | undefined {
  if (!user.startsWith(PREFIX)) return undefined
  const [namespace = '', name = '', ...rest] = user.slice(PREFIX.length).split(':')
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name }
}

export function serviceAccountUser({ namespace, name }: AccountName): string {
  return `${PREFIX}${namespace}:${name}`
}

/** The groups of every account of a namespace. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}
