/** The one cookie: which session a browser belongs to. */

export interface CookieSettings {
  /** Tells servers on other ports of this machine apart: cookies know no ports. */
  readonly port: number
  /** True where the browser speaks HTTPS, here or at the proxy before. */
  readonly secure: boolean
}

export function cookieName({ port, secure }: CookieSettings): string {
  return secure ? '__Host-sortie-session' : `sortie-session-${port}`
}

export function setCookie(settings: CookieSettings, secret: string): string {
  return `${cookieName(settings)}=${secret}; Path=/; HttpOnly; SameSite=Strict${settings.secure ? '; Secure' : ''}`
}

export function clearCookie(settings: CookieSettings): string {
  return `${setCookie(settings, '')}; Max-Age=0`
}

/** The session's secret in a Cookie header. */
export function readCookie(
  settings: CookieSettings,
  header: string | undefined,
): string | undefined {
  const start = `${cookieName(settings)}=`
  for (const part of (header ?? '').split(';')) {
    const text = part.trim()
    if (text.startsWith(start)) return text.slice(start.length)
  }
  return undefined
}
