/** Several providers as one. */
import type { AuthProvider, Credentials } from './credentials.ts'

/** What each of them gives, all with each request; of two client certificates, or headers of one name, the later provider's. */
export function combinedAuth(providers: readonly AuthProvider[]): AuthProvider {
  const origins = new WeakMap<Credentials, readonly Credentials[]>()
  const combine = (parts: readonly Credentials[]): Credentials => {
    const combined = Object.assign({}, ...parts, {
      headers: Object.assign({}, ...parts.map(({ headers }) => headers)),
    }) as Credentials
    origins.set(combined, parts)
    return combined
  }
  return {
    credentials() {
      const given = providers.map((provider) => provider.credentials())
      const ready = given.filter((each): each is Credentials => !(each instanceof Promise))
      return ready.length === given.length ? combine(ready) : Promise.all(given).then(combine)
    },
    rejected(refused) {
      const parts = origins.get(refused) ?? []
      // Each is to hear of it, whatever the others say.
      const answers = providers.map(
        (provider, at) => provider.rejected?.(parts[at] ?? refused) === true,
      )
      return answers.includes(true)
    },
  }
}
