/** The embedded server as the suite meets it: over HTTP, on the machine's clock. */
import { createApiServer, serveHttp, type UserInfo } from '@sortie/apiserver'
import { bearerToken, createHttpTransport } from '@sortie/client'
import {
  randomToken,
  silentLogger,
  systemClock,
  systemRandom,
  type Transport,
} from '@sortie/machinery'
import type { ConformanceServer } from './case.ts'

export interface OpenedServer extends ConformanceServer {
  close(): Promise<void>
}

const USERS: Readonly<Record<'admin' | 'nobody', UserInfo>> = {
  admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
  nobody: { name: 'nobody', groups: ['system:authenticated'] },
}

/** Starts one on a free port. */
export async function openEmbeddedServer(): Promise<OpenedServer> {
  const clock = systemClock()
  const admin = randomToken()
  const nobody = randomToken()
  const tokens = new Map([
    [admin, USERS.admin],
    [nobody, USERS.nobody],
  ])
  const server = createApiServer({
    clock,
    random: systemRandom(),
    log: silentLogger,
    tokens,
  })
  await server.start()
  const service = await serveHttp(server, { port: 0, tokens })
  const transports: Transport[] = []
  const transport = (token: string): Transport => {
    const opened = createHttpTransport({ server: service.url, clock, auth: bearerToken(token) })
    transports.push(opened)
    return opened
  }
  return {
    kind: 'embedded',
    admin: transport(admin),
    nobody: transport(nobody),
    bearer: transport,
    async close() {
      for (const opened of transports) await opened.close()
      await service.close()
      await server.stop()
    },
  }
}
