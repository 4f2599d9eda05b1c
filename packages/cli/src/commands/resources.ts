/** The names by which people ask for resources. */
import { KINDS } from '@sortie/api'
import { EVENTS, NODES, PODS, type ResourceType } from '@sortie/machinery'
import { CommandError, EXIT } from '../environment.ts'

const OTHERS: readonly (readonly [ResourceType, readonly string[]])[] = [
  [NODES, ['aircraft', 'no']],
  [PODS, ['po']],
  [EVENTS, ['ev']],
]

const WORDS: ReadonlyMap<string, ResourceType> = new Map([
  ...KINDS.flatMap(({ resource, shortName }) =>
    wordsOf(resource, [shortName, ...shortForms(resource)]),
  ),
  ...OTHERS.flatMap(([resource, aliases]) => wordsOf(resource, aliases)),
])

function wordsOf(
  resource: ResourceType,
  aliases: readonly string[],
): (readonly [string, ResourceType])[] {
  const { plural, group } = resource
  const singular = resource.kind.toLowerCase()
  const full = group === '' ? [] : [`${plural}.${group}`, `${singular}.${group}`]
  const words = [plural, singular, ...full, ...aliases]
  return words.map((word) => [word, resource] as const)
}

/** `stages`, `tasks`, `loadouts`, `templates`: the plural without its first word. */
function shortForms({ plural }: ResourceType): string[] {
  const short = plural.replace(/^(mission|flight|weapon)(?=.)/, '')
  return short === plural || short === 's' ? [] : [short, short.replace(/s$/, '')]
}

/** The resources that `a,b,c` names. @throws CommandError for an unknown word */
export function resourcesOf(words: string): ResourceType[] {
  return words.split(',').map((word) => {
    const found = WORDS.get(word.toLowerCase())
    if (found !== undefined) return found
    const known = [...new Set([...WORDS.values()].map(({ plural }) => plural))].join(', ')
    throw new CommandError(`unknown resource "${word}": one of ${known}`, EXIT.usage)
  })
}

/** The name in `NAME` or `TYPE/NAME`. @throws CommandError where the type is another one */
export function nameOfType(type: ResourceType, text: string): string {
  const [said = '', name, ...more] = text.split('/')
  if (name === undefined) return text
  const isOne = name !== '' && more.length === 0 && resourcesOf(said).includes(type)
  if (isOne) return name
  throw new CommandError(`"${text}" names no ${type.kind.toLowerCase()}`, EXIT.usage)
}
