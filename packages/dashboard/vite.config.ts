import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** Where a dashboard server listens while the app is being worked on: `vite` passes everything of the API on to it. */
const SERVER = process.env['SORTIE_DASHBOARD'] ?? 'http://127.0.0.1:7556'

export default defineConfig({
  plugins: [vue()],
  // The server puts a fresh nonce into each page in place of this word.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2023',
    // The content security policy takes fonts from the server alone, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': { target: SERVER, ws: true }, '/launch': SERVER } },
})
