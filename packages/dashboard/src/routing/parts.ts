/** Parts of the app that are fetched when they are first shown, and cannot be. */
import { stream } from '../stream/stream.ts'

/**
 * A server that is there has a newer page, and the parts of this one are gone: only the newer one can go on. One that is away has none,
 * and what is shown stays.
 * @param load loads the page anew
 */
export function followMissingParts(page: EventTarget, load: () => void): void {
  page.addEventListener('vite:preloadError', () => {
    if (stream.state.value.state === 'open') load()
  })
}
