/** The page and its files. */
import { randomToken } from '@sortie/machinery'
import { contentSecurityPolicy, type Exchange, notFound, send } from '../http/respond.ts'
import type { Asset, AssetSource } from './folder.ts'

const NONCE_PLACE = '__CSP_NONCE__'
const YEAR_SECONDS = 31_536_000

/** Answers a GET of anything but data: a file, or the page for an address of the page's own. */
export async function serveAsset(
  exchange: Exchange,
  assets: AssetSource,
  path: string,
): Promise<void> {
  const asset = path === '/index.html' ? undefined : await assets.find(path)
  if (asset !== undefined) sendAsset(exchange, asset)
  else if (isFileName(path)) notFound(exchange)
  else sendPage(exchange, await assets.page())
}

/** A missing script must not be answered with a page. */
function isFileName(path: string): boolean {
  return (
    path.startsWith('/assets/') || /\/[^/]+\.(?:js|css|map|svg|png|ico|woff2|json|txt)$/.test(path)
  )
}

function sendAsset(exchange: Exchange, asset: Asset): void {
  const { request } = exchange
  const [encoding, body] = encodingFor(asset, String(request.headers['accept-encoding'] ?? ''))
  const headers = {
    'content-type': asset.contentType,
    etag: asset.etag,
    vary: 'accept-encoding',
    'cache-control': asset.isImmutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  }
  if (request.headers['if-none-match'] === asset.etag) send(exchange, { status: 304, headers })
  else send(exchange, { status: 200, headers, body })
}

function encodingFor(asset: Asset, accepted: string): readonly [string | undefined, Buffer] {
  if (asset.brotli !== undefined && /\bbr\b/.test(accepted)) return ['br', asset.brotli]
  if (asset.gzip !== undefined && /\bgzip\b/.test(accepted)) return ['gzip', asset.gzip]
  return [undefined, asset.bytes]
}

/** The page is written anew each time: its nonce must not be known before. */
function sendPage(exchange: Exchange, page: string | undefined): void {
  const nonce = randomToken().slice(0, 32)
  send(exchange, {
    status: page === undefined ? 503 : 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(nonce),
    },
    body: page === undefined ? NOT_BUILT : page.replaceAll(NONCE_PLACE, nonce),
  })
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sortie</title>
<h1>The dashboard was not built</h1>
<p>Its server runs, but the page itself is missing. In the repository, run:</p>
<pre>npm run build -w @sortie/dashboard</pre>
<p>and load this page again.</p>
</html>
`
