import './theme/fonts.ts'
import './theme/tokens.css'
import './theme/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { Translation } from 'vue-i18n'
import App from './App.vue'
import { i18n } from './i18n/index.ts'
import { followMissingParts } from './routing/parts.ts'
import { router } from './routing/router.ts'
import { followVisibility } from './stream/stream.ts'
import { startTicking } from './time/now.ts'

followMissingParts(window, () => location.reload())
startTicking()
followVisibility(document)
createApp(App)
  .use(createPinia())
  .use(i18n)
  .component('i18n-t', Translation)
  .use(router)
  .mount('#app')
