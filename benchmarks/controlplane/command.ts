/** The parts of Sortie as the image has them: one file, without types, and what it runs with there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, ENVIRONMENT } from '../../tools/image/bundle.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = 'sortie.mjs'

export type PartName = 'operator' | 'scheduler' | 'fleet'

/** Into the folder that `partCommand` is told. */
export async function writeCommand(folder: string): Promise<void> {
  writeFileSync(join(folder, COMMAND), await bundle(ROOT, process.execPath))
  // Parts inherit it.
  Object.assign(process.env, ENVIRONMENT)
}

export interface PartPlace {
  readonly name: PartName
  readonly kubeconfig: string
  readonly folder: string
}

/** What starts a part that says little and serves neither metrics nor health. */
export function partCommand(
  { name, kubeconfig, folder }: PartPlace,
  flags: readonly string[] = [],
): [string, ...string[]] {
  return [
    process.execPath,
    join(folder, COMMAND),
    name,
    `--kubeconfig=${kubeconfig}`,
    '--metrics-address=0',
    '--health-address=0',
    '--log-level=warn',
    ...flags,
  ]
}
