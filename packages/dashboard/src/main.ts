import './theme/fonts.ts'
import './theme/tokens.css'
import './theme/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n/index.ts'
import { router } from './routing/router.ts'
import { followVisibility } from './stream/stream.ts'
import { startTicking } from './time/now.ts'

startTicking()
followVisibility(document)
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
