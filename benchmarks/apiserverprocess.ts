/** The server under load, in a process of its own: started by apiserver.ts, tells it where it listens. */
import { ADMIN, createApiServer, serveHttp } from '@sortie/apiserver'
import { silentLogger, systemClock, systemRandom } from '@sortie/machinery'

const started = performance.now()
const server = createApiServer({ clock: systemClock(), random: systemRandom(), log: silentLogger })
await server.start()
const { url } = await serveHttp(server, { port: 0, tokens: new Map([['bench', ADMIN]]) })
process.send?.({ url, startMs: performance.now() - started })
