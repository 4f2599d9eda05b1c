import './theme/fonts.ts'
import './theme/tokens.css'
import './theme/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { Translation } from 'vue-i18n'
import App from './App.vue'
import { i18n } from './i18n/index.ts'
import { router } from './routing/router.ts'
import { followVisibility } from './stream/stream.ts'
import { startTicking } from './time/now.ts'

// The server has a newer page, and the parts of this one are gone: only the newer one can go on.
addEventListener('vite:preloadError', () => location.reload())
startTicking()
followVisibility(document)
createApp(App)
  .use(createPinia())
  .use(i18n)
  .component('i18n-t', Translation)
  .use(router)
  .mount('#app')
