/** A part of a page whose code is fetched when it is first shown: what stands in its place says so, as data that are on their way do. */
import { type Component, defineAsyncComponent, h } from 'vue'
import DataState from './DataState.vue'

/** Nothing of it is there yet. */
export const OnItsWay = () => h(DataState, { state: { state: 'live' }, ready: false, empty: false })

const Failed = ({ error }: { readonly error: Error }) =>
  h(DataState, { state: { state: 'error', message: error.message }, ready: false, empty: false })

/**
 * @param load imports its module
 * @returns the component, to be used as if it were imported: it takes its place once it is there, and why it is not where it cannot be
 */
export function fetched<C extends Component>(load: () => Promise<{ default: C }>): C {
  // At once, unlike Vue's own default: who looks at the page, a test or a person, must not take it for whole.
  return defineAsyncComponent({
    loader: () => load().then(({ default: part }) => part),
    loadingComponent: OnItsWay,
    errorComponent: Failed,
    delay: 0,
  })
}
