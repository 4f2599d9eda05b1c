/** What of others is in the page, by what licence: all of it is told where people can see it. */
import { dependencies, version } from '../../../package.json'

export interface Part {
  readonly name: string
  readonly version: string
  /** As SPDX has it. */
  readonly licence: string
}

/** Licences of what is not under the MIT licence, as most of it is. */
const OTHERS: Readonly<Record<string, string>> = {
  '@fontsource/ibm-plex-mono': 'OFL-1.1',
  '@fontsource/ibm-plex-sans': 'OFL-1.1',
  '@fontsource/ibm-plex-sans-condensed': 'OFL-1.1',
  yaml: 'ISC',
}

export const SORTIE: Part = { name: 'Sortie', version, licence: 'Apache-2.0' }

/** By name. */
export const PARTS: readonly Part[] = Object.entries(dependencies)
  .filter(([name]) => !name.startsWith('@sortie/'))
  .map(([name, pinned]) => ({ name, version: pinned, licence: OTHERS[name] ?? 'MIT' }))
