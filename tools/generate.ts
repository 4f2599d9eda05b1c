/**
 * Writes what follows from the schema of the kinds (`config/crd/*.yaml`, `docs/reference/api.md`) and from the installation's data
 * (`config/`, `charts/`). With `--check` it writes nothing and fails where a file differs or is left over.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { customResourceDefinitions, KINDS, referencePage } from '@sortie/api'
import { GENERATED_FOLDERS, manifestFiles, toYaml } from './manifests/files.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const CRD_FOLDER = join(ROOT, 'config/crd')
const HEADER = '# Generated from packages/api by `npm run generate`; do not edit.\n'

/** The files that the schema gives, by absolute path. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const resources: string[] = []
  for (const crd of customResourceDefinitions()) {
    const name = `${crd.metadata.name ?? ''}.yaml`
    resources.push(name)
    files.set(join(CRD_FOLDER, name), HEADER + toYaml(crd))
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources,
  }
  files.set(join(CRD_FOLDER, 'kustomization.yaml'), HEADER + toYaml(kustomization))
  files.set(join(ROOT, 'docs/reference/api.md'), `${referencePage(KINDS).trimEnd()}\n`)
  for (const [path, text] of manifestFiles()) files.set(join(ROOT, path), text)
  return files
}

/** Paths, from the root, of files that differ from what the schema gives, or that nothing gives any more. */
export function staleFiles(): readonly string[] {
  const files = generatedFiles()
  const stale = [...files].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  )
  return [...stale.map(([path]) => path), ...leftovers(files)].map((path) => relative(ROOT, path))
}

function leftovers(files: ReadonlyMap<string, string>): readonly string[] {
  return GENERATED_FOLDERS.map((folder) => join(ROOT, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name)),
    )
    .filter((path) => !files.has(path))
}

function writeFiles(): void {
  const files = generatedFiles()
  for (const path of leftovers(files)) rmSync(path)
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  console.log(`wrote ${files.size} files`)
}

function main(): void {
  if (!process.argv.includes('--check')) {
    writeFiles()
    return
  }
  const stale = staleFiles()
  for (const path of stale) console.error(`${path} is stale; run: npm run generate`)
  if (stale.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
