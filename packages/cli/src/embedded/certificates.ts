/**
 * A certificate for the embedded server, made anew at each start. kubectl sends a token over TLS only, so even on the loopback
 * interface there is no way around one.
 */
// The X.509 library's own dependency injection needs it, and leaves the import to its users.
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Instant } from '@sortie/machinery'

export interface ServerCertificate {
  /** PEM of the authority that clients are to trust. */
  readonly authority: string
  /** PEM of the server's certificate and its key. */
  readonly certificate: string
  readonly key: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
/** The authority's key is thrown away at once, and the file is written anew at each start: a year outlasts every run. */
const VALID_MS = 365 * DAY_MS

/** For 127.0.0.1, ::1 and localhost, valid from a day before `now` (clocks differ) for a year. */
export async function createServerCertificate(now: Instant): Promise<ServerCertificate> {
  const { subtle } = globalThis.crypto
  const [authorityKeys, serverKeys] = await Promise.all([
    subtle.generateKey(ALGORITHM, true, ['sign', 'verify']),
    subtle.generateKey(ALGORITHM, true, ['sign', 'verify']),
  ])
  const period = { notBefore: dateOf(now - DAY_MS), notAfter: dateOf(now + VALID_MS) }
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Sortie embedded authority',
    ...period,
    signingAlgorithm: ALGORITHM,
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=Sortie embedded API server',
    issuer: authority.subject,
    ...period,
    signingAlgorithm: ALGORITHM,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  })
  const key = Buffer.from(await subtle.exportKey('pkcs8', serverKeys.privateKey))
  return {
    authority: authority.toString('pem'),
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  }
}

// biome-ignore lint/style/noRestrictedGlobals: the library takes dates; this one reads no clock
const dateOf = (instant: Instant) => new Date(instant)
