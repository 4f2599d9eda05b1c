import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type Site, startSite } from '../testing/site.ts'
import { folderAssets } from './folder.ts'

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(5_000))})`
const PAGE = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><div id="app"></div>'

let folder: string
let site: Site
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sortie-page-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), PAGE)
  await writeFile(join(folder, 'assets', 'index-4f2a9c1b.js'), SCRIPT)
  await writeFile(join(folder, 'assets', 'index-4f2a9c1b.js.br'), 'brotli')
  await writeFile(join(folder, 'assets', 'style-77777777.css'), `a{${' '.repeat(2_000)}}`)
  await writeFile(join(folder, 'icon.svg'), '<svg/>')
  await writeFile(join(folder, '..', 'secret-of-somebody.txt'), 'secret')
  site = await startSite({ assets: folderAssets(folder) })
})
after(async () => {
  await site.stop()
  await rm(folder, { recursive: true })
  await rm(join(folder, '..', 'secret-of-somebody.txt'))
})

test('the page has a nonce of its own each time, the same as its policy’s', async () => {
  const nonces = new Set<string>()
  for (let n = 0; n < 3; n++) {
    const { text, headers } = await site.browser().get('/')
    const nonce = /nonce="([^"]+)"/.exec(text)?.[1] ?? ''
    assert.match(
      String(headers['content-security-policy']),
      new RegExp(`style-src 'self' 'nonce-${nonce}'`),
    )
    assert.equal(headers['cache-control'], 'no-store')
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 3)
})

test('an address of the page’s own gets the page, also where names have dots', async () => {
  for (const path of [
    '/missions',
    '/ns/default/missions/a.b/stages/x',
    '/index.html',
    '/%E4%BB%BB',
  ]) {
    const { status, text } = await site.browser().get(path)
    assert.equal(status, 200, path)
    assert.match(text, /id="app"/)
  }
})

test('a file that is not there is no page', async () => {
  for (const path of ['/assets/gone-12345678.js', '/gone.js', '/favicon.ico']) {
    assert.equal((await site.browser().get(path)).status, 404, path)
  }
})

test('files whose names hold their hash are kept for a year, others asked about', async () => {
  const hashed = await site.browser().get('/assets/index-4f2a9c1b.js')
  assert.equal(hashed.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(hashed.text, SCRIPT)
  const icon = await site.browser().get('/icon.svg')
  assert.equal(icon.headers['cache-control'], 'no-cache')
  const again = await site
    .browser()
    .get('/icon.svg', { 'if-none-match': String(icon.headers.etag) })
  assert.equal(again.status, 304)
  assert.equal(again.text, '')
})

test('a compressed twin is sent where there is one, else gzip is made', async () => {
  const get = (path: string, encoding: string) =>
    site.browser().get(path, { 'accept-encoding': encoding })
  const brotli = await get('/assets/index-4f2a9c1b.js', 'gzip, deflate, br')
  assert.deepEqual([brotli.headers['content-encoding'], brotli.text], ['br', 'brotli'])
  const zipped = await get('/assets/style-77777777.css', 'gzip, br')
  assert.equal(zipped.headers['content-encoding'], 'gzip')
  assert.match(gunzipSync(zipped.bytes).toString(), /^a\{/)
  assert.equal((await get('/icon.svg', 'gzip')).headers['content-encoding'], undefined)
})

test('nothing outside the folder can be named', async () => {
  const tries = [
    '/../secret-of-somebody.txt',
    '/assets/../../secret-of-somebody.txt',
    '/assets/..%2f..%2fsecret-of-somebody.txt',
    '/%2e%2e/secret-of-somebody.txt',
    '/assets/%00.js',
    '/..\\secret-of-somebody.txt',
  ]
  for (const path of tries) {
    const { text } = await site.browser().get(path)
    assert.doesNotMatch(text, /^secret/, path)
  }
})

test('a page that is built anew is served anew', async () => {
  await writeFile(join(folder, 'assets', 'index-9d9d9d9d.js'), 'second')
  await writeFile(join(folder, 'index.html'), PAGE.replace('app', 'second'))
  await utimes(join(folder, 'index.html'), new Date(), new Date(Date.now() + 5_000))
  assert.match((await site.browser().get('/')).text, /id="second"/)
  assert.equal((await site.browser().get('/assets/index-9d9d9d9d.js')).text, 'second')
})

test('where the page was not built a plain one says how', async (t) => {
  const bare = await startSite({ assets: folderAssets(join(folder, 'nowhere')) })
  t.after(() => bare.stop())
  const { status, text } = await bare.browser().get('/')
  assert.equal(status, 503)
  assert.match(text, /npm run build -w @sortie\/dashboard/)
})
