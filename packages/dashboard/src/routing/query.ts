/** What a page shows, kept in its address: reload, links and the way back give the same again. */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** A text in the query string; `fallback` is left out of the address. */
export function useQuery(key: string, fallback = ''): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => {
      const value = route.query[key]
      return typeof value === 'string' ? value : fallback
    },
    set: (value) => {
      const rest = { ...route.query }
      delete rest[key]
      const query = value === fallback ? rest : { ...rest, [key]: value }
      void router.replace({ query, hash: route.hash })
    },
  })
}
