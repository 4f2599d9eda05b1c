/** Who a client says it is. */

export interface Credentials {
  /** Added to each request. Lower-case names; a list is sent as a header for each of its values. */
  readonly headers: Readonly<Record<string, string | string[]>>
  /** PEM. In place of the certificate of the TLS options; connections are made anew where it changes. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string }
}

export interface AuthProvider {
  /** What to send now; asked before each request, so it must be cheap. @throws SortieError where there are none to be had */
  credentials(): Credentials | Promise<Credentials>
  /**
   * The server refused these credentials (401). True where others may be had, so that another try makes sense. Of many requests
   * under way each says so; only the first finds them still in use.
   */
  rejected?(credentials: Credentials): boolean
}

export interface TlsOptions {
  /** PEM of the authorities to trust in place of the system's. */
  readonly ca?: string
  /** PEM of the client's certificate and key. */
  readonly cert?: string
  readonly key?: string
  /** Name to expect in the server's certificate in place of the URL's host. */
  readonly serverName?: string
  /** Trusts any certificate. */
  readonly insecure?: boolean
}

const ANONYMOUS: Credentials = { headers: {} }

/** Sends nothing. */
export const anonymous: AuthProvider = { credentials: () => ANONYMOUS }
