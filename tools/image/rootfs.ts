/** What the image holds: Node with the libraries that it links, certificates, a user without rights, and the command. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundle } from './bundle.ts'
import type { TarEntry } from './tar.ts'

/** The user of distroless images. */
export const USER = 65_532
export const NODE = '/usr/local/bin/node'
export const ENTRYPOINT = '/usr/local/bin/sortie'

/**
 * Where the source of `sortie up` is below the folder with the examples: so the command finds its sample mission by the same
 * relative path.
 */
const BUNDLE = 'opt/sortie/packages/cli/src/commands/sortie.mjs'
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

const file = (path: string, content: Uint8Array | string, mode = 0o644): TarEntry => ({
  path: path.replace(/^\//, ''),
  kind: 'file',
  mode,
  content: typeof content === 'string' ? Buffer.from(content) : content,
})

/** Changes with Node and with the machine's libraries only. @throws Error where one of them is missing */
export function systemFiles(root: string): readonly TarEntry[] {
  const node = realpathSync(join(root, 'node_modules/node/bin/node'))
  if (!existsSync(CERTIFICATES)) {
    throw new Error(`${CERTIFICATES} is missing: apt-get install ca-certificates`)
  }
  return [
    file(NODE, readFileSync(node), 0o755),
    ...librariesOf(node).map((path) => file(path, readFileSync(path), 0o755)),
    file(CERTIFICATES, readFileSync(CERTIFICATES)),
    file('etc/passwd', `root:x:0:0:root:/:/none\nsortie:x:${USER}:${USER}::/tmp:/none\n`),
    file('etc/group', `root:x:0:\nsortie:x:${USER}:\n`),
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
    { path: 'tmp', kind: 'folder', mode: 0o1777 },
  ]
}

/** The shared libraries of a program at the paths where its loader looks for them. */
export function librariesOf(program: string): readonly string[] {
  const output = execFileSync('ldd', [program], { encoding: 'utf8' })
  const missing = /^\s*(\S+) => not found/m.exec(output)?.[1]
  if (missing !== undefined) throw new Error(`${program} needs ${missing}, which is not here`)
  const paths = [...output.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map(
    (match) => match[1] ?? '',
  )
  // Names are looked up by modules of their own, which no program links.
  const folder = paths.find((path) => path.endsWith('/libc.so.6'))?.replace('libc.so.6', '') ?? ''
  const lookups = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2']
    .map((name) => folder + name)
    .filter((path) => folder !== '' && existsSync(path))
  return [...new Set([...paths, ...lookups])].sort()
}

/** The dashboard's page, built anew, at the path where the command looks for it. */
function pageFiles(root: string): readonly TarEntry[] {
  const folder = join(root, 'packages/dashboard')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: folder })
  const built = join(folder, 'dist')
  return readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(built, join(entry.parentPath, entry.name)))
    .sort()
    .map((name) =>
      file(`opt/sortie/packages/dashboard/dist/${name}`, readFileSync(join(built, name))),
    )
}

/** The command, its sample mission, and the dashboard's page. */
export async function commandFiles(root: string): Promise<readonly TarEntry[]> {
  const examples = 'examples/001-first-mission'
  return [
    file(BUNDLE, await bundle(root, NODE), 0o755),
    { path: ENTRYPOINT.slice(1), kind: 'link', mode: 0o777, target: `/${BUNDLE}` },
    ...readdirSync(join(root, examples))
      .sort()
      .map((name) =>
        file(`opt/sortie/${examples}/${name}`, readFileSync(join(root, examples, name))),
      ),
    ...pageFiles(root),
    file('opt/sortie/LICENSE', readFileSync(join(root, 'LICENSE'))),
  ]
}
