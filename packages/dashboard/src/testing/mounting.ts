/** For tests: components as the app mounts them, in a document that says how large things are. */
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { type Component, defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { i18n } from '../i18n/index.ts'
import { router as appRouter } from '../routing/router.ts'

const Nothing = defineComponent({ render: () => h('div') })

/** The app's addresses without its pages. */
function routes(): Router {
  return createRouter({
    history: createMemoryHistory(),
    routes: appRouter
      .getRoutes()
      .map(({ path, name }) => ({ path, name: name ?? path, component: Nothing })),
  })
}

/** Elements are as high as this, in pixels: a document without layout has none of its own. */
export const HEIGHT = 320

export function giveSizes(): void {
  for (const [name, size] of [
    ['offsetHeight', HEIGHT],
    ['clientHeight', HEIGHT],
    ['offsetWidth', 800],
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size })
  }
}

export interface Mounted {
  readonly wrapper: VueWrapper
  readonly router: Router
}

export interface MountOptions {
  readonly props?: object
  readonly slots?: object
  /** Address of the page that it is on. */
  readonly path?: string
}

/** In the document, so that things can have the focus. Generic components are no `Component` for TypeScript, hence the width. */
export async function mountInApp(component: object, options: MountOptions = {}): Promise<Mounted> {
  const { path = '/', ...rest } = options
  const pinia = createPinia()
  setActivePinia(pinia)
  const router = routes()
  await router.push(path)
  const how = { attachTo: document.body, global: { plugins: [pinia, i18n, router] }, ...rest }
  const wrapper = mount(component as Component, how as never) as unknown as VueWrapper
  return { wrapper, router }
}
