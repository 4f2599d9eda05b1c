/** The dashboard's server as the command line starts it. */
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createDashboardServer,
  type DashboardServer,
  type DashboardServerOptions,
  folderAssets,
} from '@sortie/dashboard-server'
import { CommandError, EXIT } from '../environment.ts'
import { DASHBOARD_PORT } from './port.ts'

/** The usual port is looked for first; the next free one is taken where it is in use. */
const PORTS_TRIED = 20

/** The image keeps the command at a place from which the same relative path leads to the page. */
const BUILT_PAGE = resolve(dirname(fileURLToPath(import.meta.url)), '../../../dashboard/dist')

export interface ServeDashboardOptions extends Omit<DashboardServerOptions, 'assets'> {
  /** As the user gave it; undefined: the usual one, or the next that is free. */
  readonly port: number | undefined
  readonly host?: string
  /** Folder of the built page. */
  readonly page?: string
}

export interface ServedDashboard {
  readonly server: DashboardServer
  readonly url: string
}

/** @throws CommandError where the port cannot be had */
export async function serveDashboard(options: ServeDashboardOptions): Promise<ServedDashboard> {
  const { port, host, page = BUILT_PAGE, ...rest } = options
  const server = createDashboardServer({ ...rest, assets: folderAssets(page) })
  const ports =
    port === undefined
      ? Array.from({ length: PORTS_TRIED }, (_, at) => DASHBOARD_PORT + at)
      : [port]
  for (const candidate of ports) {
    try {
      const at = host === undefined ? { port: candidate } : { port: candidate, host }
      return { server, url: (await server.listen(at)).url }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    }
  }
  const which =
    ports.length === 1 ? `port ${port} is` : `ports ${DASHBOARD_PORT} to ${ports.at(-1)} are`
  throw new CommandError(`${which} in use: choose another for the dashboard`, EXIT.usage)
}
