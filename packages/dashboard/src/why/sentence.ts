/** A finding in the person's language. Pure. */
import { type Finding, NO_MESSAGE } from '@sortie/api'
import { sayPhrase } from '../i18n/phrases.ts'
import type { Language } from '../state/preferences.ts'

/** As much of vue-i18n as is needed here. */
export interface Translator {
  readonly language: Language
  has(key: string): boolean
  say(key: string, parameters: Readonly<Record<string, string | number>>): string
}

/** The sentence, or the advice; the English one where the language has no other. */
export function sentenceOf(
  finding: Finding,
  part: 'text' | 'advice',
  translator: Translator,
): string {
  const english = part === 'text' ? finding.text : (finding.advice ?? '')
  if (english === '' || translator.language === 'en') return english
  const bare = `diagnosis.bare.${finding.code}`
  const lacks = Object.values(finding.parameters).includes('')
  const usual = `diagnosis.${part}.${finding.code}`
  const key = part === 'text' && lacks && translator.has(bare) ? bare : usual
  return translator.has(key) ? translator.say(key, parametersOf(finding, translator)) : english
}

/** Parameters whose values are phrases in English rather than names, numbers or the cluster's own words. */
const PHRASED: ReadonlySet<string> = new Set([
  'changes',
  'gates',
  'requirements',
  'holders',
  'nodes',
])

function parametersOf(
  { parameters, objects }: Finding,
  translator: Translator,
): Readonly<Record<string, string | number>> {
  const said: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(parameters)) {
    said[name] = typeof value === 'number' ? value : wordFor(name, value, translator)
  }
  const namespace = objects[0]?.namespace
  return { ...said, scope: namespace === undefined ? '' : ` -n ${namespace}` }
}

function wordFor(name: string, value: string, { language, has, say }: Translator): string {
  const translate = (key: string, otherwise: string): string =>
    has(key) ? say(key, {}) : otherwise
  if (value === NO_MESSAGE) return sayPhrase(value, language)
  if (name === 'message') return value.replace(/[.\s]+$/, '')
  if (name === 'kind') return translate(`diagnosis.kinds.${value}`, value)
  if (name === 'stages') {
    return value.replace(/\((\w+)\)/g, (whole, phase: string) =>
      has(`common.phase.${phase}`) ? `（${say(`common.phase.${phase}`, {})}）` : whole,
    )
  }
  return PHRASED.has(name) ? sayPhrase(value, language) : value
}
