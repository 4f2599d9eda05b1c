/** The command as one file: `node tools/image/bundle.ts FILE` writes it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Packages of CommonJS ask for `require` at run time. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`

/** The command with all it imports, in one file that this Node runs. */
export async function bundle(root: string, node: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['packages/cli/src/main.ts'],
    outfile: 'sortie.mjs',
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  const text = outputFiles[0]?.text ?? ''
  return `#!${node}\n${text.replace(/^#!.*\n/, '')}`
}

const [, script, output] = process.argv
if (script === fileURLToPath(import.meta.url) && output !== undefined) {
  mkdirSync(dirname(output), { recursive: true })
  const root = join(dirname(script), '../..')
  writeFileSync(output, await bundle(root, '/usr/bin/env node'), { mode: 0o755 })
}
