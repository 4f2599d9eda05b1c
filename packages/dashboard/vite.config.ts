import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** Where a dashboard server listens while the app is being worked on: `vite` passes everything of the API on to it. */
const SERVER = process.env['SORTIE_DASHBOARD'] ?? 'http://127.0.0.1:7556'

/** What only pages behind the first one need: they share most of it, and come together. */
const PAGES = [
  /dashboard\/(package\.json|src\/((graph|gantt|list|logs|pages\/settings|table)\/|object\/(?!manifest)))/,
  /dashboard\/src\/components\/(DataTable|FactList|FilterBar|LevelBar|PeekCard|PlainTable|TabStrip)/,
  // Without the editor's page, which comes with the editor, and those that nobody has to go to.
  /dashboard\/src\/pages\/(?!board|signin|notfound)[^/]+\/(?!NewMission)\w+\.vue/,
  /node_modules\/(@tanstack|ansi_up)\//,
]

/** The frame of the app and its first page. */
const FRAME = [
  /dashboard\/src\/(?!editor|main|object|pages\/missions\/(New|samples))/,
  /machinery\/src\/|api\/src\/(constants|diagnosis|stream)/,
  /node_modules\/(@?vue|@fontsource|@intlify|aria-hidden|pinia|reka-ui)/,
  /preload-helper|plugin-vue:export-helper/,
]

/** Without what a module imports: that goes where it is needed. */
const chunk = (name: string, modules: readonly RegExp[], priority: number) => ({
  name,
  priority,
  test: (id: string) => modules.some((one) => one.test(id)),
  includeDependenciesRecursively: false,
})

export default defineConfig({
  plugins: [vue()],
  // The server puts a fresh nonce into each page in place of this word.
  html: { cspNonce: '__CSP_NONCE__' },
  // Of the libraries, what the app has no use for: components of the old style, those for
  // dates and numbers, and a compiler of texts (`src/i18n/message.ts`).
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
  },
  build: {
    target: 'es2023',
    // The content security policy takes fonts from the server alone, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // Fifty sheets or scripts of some hundred bytes each pack badly: together they are two thirds of that.
    cssCodeSplit: false,
    rolldownOptions: {
      // Its modules do nothing but define; its package does not say so.
      treeshake: { moduleSideEffects: [{ test: /node_modules\/yaml\//, sideEffects: false }] },
      output: { codeSplitting: { groups: [chunk('pages', PAGES, 2), chunk('frame', FRAME, 1)] } },
    },
  },
  server: { proxy: { '/api': { target: SERVER, ws: true }, '/launch': SERVER } },
})
