/** What a dashboard server is made from. */
import type { StreamMode } from '@sortie/api'
import type { Clock, Logger, Random, Transport } from '@sortie/machinery'
import type { AssetSource } from '../assets/folder.ts'

export type DashboardMode = StreamMode

export interface DashboardServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** `strict`: watches by each user's own credentials. `hub`: one watch for all. `embedded`: one person on the loopback interface. */
  readonly mode: DashboardMode
  /**
   * `launch`: the person who started the server comes in by a link that works once. `token`: people sign in with tokens of the API
   * server's. Default: `token` in the modes strict and hub, `launch` in embedded.
   */
  readonly signIn?: 'launch' | 'token'
  /** To the API server by this token, or without one by the server's own credentials. A new transport each time: it gets closed. */
  connect(token?: string): Transport
  /** Modes hub and embedded: by what everybody's rows are watched. Not closed. */
  readonly hub?: Transport
  readonly assets: AssetSource
  /** Host headers that are answered, with or without port; names of the loopback interface are added where it listens there. */
  readonly allowedHosts?: readonly string[]
  /** True where browsers reach it by HTTPS, through a proxy: its last `X-Forwarded-For` tells clients apart. */
  readonly secure?: boolean
  /** Where the API server is, for people. */
  readonly server: string
  /** A namespace to begin with; default `default`. */
  readonly namespace?: string
  /** True where the fleet is simulated. */
  readonly simulated?: boolean
}

export interface Listening {
  readonly url: string
  readonly port: number
}

export interface DashboardServer {
  /** @param options host is 127.0.0.1 where it is missing @throws Error where the port cannot be had */
  listen(options: { readonly port: number; readonly host?: string }): Promise<Listening>
  /** A link that signs in, once, within ten minutes. @throws SortieError (bug) before it listens */
  launchUrl(): string
  close(): Promise<void>
}
