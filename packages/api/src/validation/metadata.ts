/** The metadata of a manifest: name, labels and annotations, as the API server takes them. */
import {
  dnsSubdomainErrors,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  labelKeyErrors,
  labelValueErrors,
} from '@sortie/machinery'
import { type Path, type Problem, problem, show } from './problem.ts'

export function checkMetadata(metadata: JsonValue | undefined): readonly Problem[] {
  if (!isJsonObject(metadata)) {
    return [problem(['metadata', 'name'], 'Required', 'is missing; a name is needed')]
  }
  const { labels, annotations } = metadata
  return [
    ...checkName(metadata),
    ...checkMap(labels, ['metadata', 'labels'], LABELS),
    ...checkMap(annotations, ['metadata', 'annotations'], ANNOTATIONS),
  ]
}

type Errors = (text: string) => readonly string[]

interface MapRules {
  readonly key: Errors
  readonly value: Errors
}

const LABELS: MapRules = { key: labelKeyErrors, value: labelValueErrors }
/** The API server lowers their keys before it looks at them. */
const ANNOTATIONS: MapRules = { key: (key) => labelKeyErrors(key.toLowerCase()), value: () => [] }

function checkName({ name, generateName }: JsonObject): readonly Problem[] {
  if (typeof name === 'string' && name !== '') {
    const [wrong] = dnsSubdomainErrors(name)
    return wrong === undefined
      ? []
      : [problem(['metadata', 'name'], 'Pattern', `${show(name)}: ${wrong}`)]
  }
  if (typeof generateName === 'string' && generateName !== '') return []
  const what = name === undefined ? 'is missing; a name is needed' : `${show(name)} is no name`
  return [problem(['metadata', 'name'], 'Required', what)]
}

/** A mapping from text to text; a null is an empty text, and a map that is null is none. */
function checkMap(map: JsonValue | undefined, path: Path, rules: MapRules): readonly Problem[] {
  if (map === undefined || map === null) return []
  if (!isJsonObject(map)) return [problem(path, 'Type', `${show(map)} is not an object`)]
  return Object.entries(map).flatMap(([key, value]) => {
    const at = [...path, key]
    const [wrongKey] = rules.key(key)
    if (wrongKey !== undefined) return [problem(at, 'Pattern', `${show(key)}: ${wrongKey}`)]
    if (value === undefined || value === null) return []
    if (typeof value !== 'string') {
      return [problem(at, 'Type', `${show(value)} is not a text; put it in quotes`)]
    }
    const [wrong] = rules.value(value)
    return wrong === undefined ? [] : [problem(at, 'Pattern', `${show(value)}: ${wrong}`)]
  })
}
