/** Words of a page that are in Latin letters, and which of them may be: names, kinds, units; what the API says in its own words. */
import type { Page } from 'playwright-core'
import type { Planned } from './site/site.ts'

/** Product, formats, units and acronyms that are written alike in both languages. */
const ALIKE = new Set(
  `Sortie Kubernetes YAML JSON PNG UTC API CPU LIDAR Ctrl Esc Enter EN kubectl Kubelet sortie ID DAG HTTP RBAC WebSocket OIDC
  Mission MissionStage MissionTemplate FlightTask Weapon WeaponLoadout Pod Node Event Lease RollingUpdate OnNextTask HotReload Recreate
  Sidecar Companion GiB MiB KiB admin system masters authenticated embedded strict hub dryRun GitHub Operator
  missions missionstages flighttasks weapons weaponloadouts missiontemplates pods nodes kube public lease`.split(
    /\s+/,
  ),
)

/** Texts of the page that people read, with labels, titles and placeholders. */
export async function textsOf(page: Page): Promise<readonly string[]> {
  return (await page.evaluate(`(() => {
    const skipped = 'code, kbd, pre, .cm-editor, .mono, script, style, noscript, svg title, [lang="en"], option[value*="/"]'
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent.trim()
      if (text !== '' && node.parentElement.closest(skipped) === null) found.push(text)
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      if (element.closest(skipped) !== null) continue
      for (const name of ['aria-label', 'title', 'placeholder']) {
        const text = element.getAttribute(name)
        if (text) found.push(text)
      }
    }
    return found
  })()`)) as string[]
}

export interface Vocabulary {
  /** Sentences of the API's own, which are shown as they are. */
  readonly sentences: readonly string[]
  readonly names: ReadonlySet<string>
}

/** Strings of the objects: those with spaces are sentences, the others names. */
export function vocabularyOf(world: readonly Planned[]): Vocabulary {
  const sentences = new Set<string>()
  const names = new Set(ALIKE)
  const take = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key.includes('/')) take(key)
        take(inner)
      }
    } else if (typeof value === 'string') {
      if (value.includes(' ')) sentences.add(value)
      else for (const word of value.split(/[^A-Za-z]+/)) names.add(word)
    }
  }
  for (const { object } of world) take(object)
  const longestFirst = [...sentences].sort((a, b) => b.length - a.length)
  return { sentences: longestFirst, names }
}

/** Words of three letters and more that nobody translated. */
export function foreignWords(texts: readonly string[], vocabulary: Vocabulary): readonly string[] {
  const found = new Set<string>()
  for (const text of texts) {
    let rest = text
    for (const sentence of vocabulary.sentences) rest = rest.replaceAll(sentence, ' ')
    // Addresses, commands, and sentences that the server makes of conditions: `Not ready: `, and the message.
    rest = rest.replace(/https?:\S+|\/[a-z/]+|[\w-]+\/no-such|no-such/g, ' ')
    rest = rest.replace(/sortie [a-z]+( [\w./-]+)*/g, ' ').replace(/Not ready: /g, ' ')
    // `phase:`, `node:` are words of the filter's grammar, which is one in all languages.
    rest = rest.replace(/[a-z]+:/g, ' ')
    for (const word of rest.match(/[A-Za-z]{3,}/g) ?? []) {
      if (!vocabulary.names.has(word)) found.add(`${word} (${text.slice(0, 80)})`)
    }
  }
  return [...found]
}
