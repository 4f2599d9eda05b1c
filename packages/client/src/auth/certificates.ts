/** Client certificates in files. */
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Clock } from '@sortie/machinery'
import type { AuthProvider, Credentials } from './credentials.ts'
import { fileAuth } from './files.ts'

/** As often as client-go looks for a certificate that was renewed. */
const CERTIFICATE_FILES_MS = 300_000

type Certificate = NonNullable<Credentials['clientCertificate']>

export interface CertificateFiles {
  readonly certPath: string
  readonly keyPath: string
  /** What was in them just now. */
  readonly read: Certificate
  readonly clock: Clock
}

/** The certificate in the files, which are read again when the last reading is five minutes old, and after a 401. */
export function certificateFiles(files: CertificateFiles): AuthProvider {
  const { certPath, keyPath, clock } = files
  return fileAuth({
    clock,
    maxAgeMs: CERTIFICATE_FILES_MS,
    fallback: { headers: {}, clientCertificate: files.read },
    isFresh: true,
    async read() {
      const [cert, key] = await Promise.all([certPath, keyPath].map(text))
      const clientCertificate = { cert: cert ?? '', key: key ?? '' }
      // Of two files one may be the new one and the other still the old one: no key for that certificate.
      createSecureContext(clientCertificate)
      return { headers: {}, clientCertificate }
    },
  })
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8')
}
