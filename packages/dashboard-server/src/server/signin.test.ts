/** How often somebody may try to sign in, and whom that keeps out. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { Browser } from '../testing/browser.ts'
import { type Site, type SiteOptions, startSite } from '../testing/site.ts'

const MOST = 60
let site: Site
afterEach(() => site.stop())

/** A site, and a sign-in by an address as the proxy before it names it. */
async function setUp(options: SiteOptions) {
  site = await startSite({ mode: 'strict', ...options })
  const signIn = (browser: Browser, token: string, forwarded?: string) =>
    browser.ask('/api/session', {
      method: 'POST',
      body: { token },
      headers: { 'x-forwarded-for': forwarded },
    })
  return {
    signIn,
    async guess(forwarded: (n: number) => string | undefined): Promise<number> {
      const stranger = site.browser()
      let last = 0
      for (let n = 0; n <= MOST; n++)
        last = (await signIn(stranger, 'made-up', forwarded(n))).status
      return last
    },
  }
}

test('who guesses keeps nobody out but those of the own address, and these for a minute', async () => {
  const { signIn, guess } = await setUp({ secure: true })
  assert.equal(await guess(() => '203.0.113.9'), 429)
  assert.equal((await signIn(site.browser(), 'token-ada', '203.0.113.9')).status, 429)
  assert.equal((await signIn(site.browser(), 'token-ada', '198.51.100.1')).status, 200)
  await site.clock.advance(60_000)
  assert.equal((await signIn(site.browser(), 'token-ada', '203.0.113.9')).status, 200)
})

test('what a client writes into the header itself is not its address', async () => {
  const { guess } = await setUp({ secure: true })
  assert.equal(await guess((n) => `198.51.100.${n}, 203.0.113.9`), 429)
})

test('without a proxy the header is not looked at', async () => {
  const { guess } = await setUp({})
  assert.equal(await guess((n) => `198.51.100.${n}`), 429)
})

test('who is signed in can sign in as somebody else while others of the address guess', async () => {
  const { signIn, guess } = await setUp({})
  const ada = await site.signIn('token-ada')
  assert.equal(await guess(() => undefined), 429)
  assert.equal((await signIn(ada, 'token-ben')).status, 200)
  assert.equal((await ada.get('/api/session')).json<{ user: { name: string } }>().user.name, 'ben')
})

test('a token that is refused leaves who is signed in as they are, however often', async () => {
  const { signIn } = await setUp({})
  const ada = await site.signIn('token-ada')
  const answers = new Set<number>()
  for (let n = 0; n <= MOST; n++) answers.add((await signIn(ada, 'made-up')).status)
  assert.deepEqual([...answers], [401, 429])
  assert.equal((await ada.get('/api/session')).status, 200)
  assert.equal((await signIn(site.browser(), 'token-ben')).status, 200)
})
