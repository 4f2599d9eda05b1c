/** What is wrong with a manifest, and where in its text: the same reading and the same checks as the command line's. Pure. */
import { formatPath, type Path, type Problem, parseManifests, validate } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'

export interface TextProblem {
  /** Characters from the beginning of the text. */
  readonly from: number
  readonly to: number
  readonly severity: 'error' | 'warning'
  readonly message: string
}

export interface CheckedManifest {
  /** Missing where the text has no readable document. */
  readonly object?: KubeObject
  readonly problems: readonly TextProblem[]
}

/** Checks the one document of a text. More than one is a problem: an editor saves one object. */
export function checkManifest(text: string): CheckedManifest {
  const { documents, problems } = parseManifests(text, '')
  const found = problems.map(({ offset, message }) =>
    problemAt(text, offset, { message, severity: 'error' }),
  )
  const [first, second] = documents
  if (second !== undefined) {
    const message = 'only one document can be saved at a time'
    found.push(problemAt(text, second.locate([]).offset, { message, severity: 'error' }))
  }
  if (first === undefined || !isObject(first.value)) return { problems: found }
  const object = first.value as unknown as KubeObject
  const placed = validate(object).map((problem) =>
    problemAt(text, first.locate(problem.path).offset, {
      message: sentenceOf(problem),
      severity: problem.severity,
    }),
  )
  return { object, problems: [...found, ...placed] }
}

/** Problems that the API server named by field, put where the fields stand. */
export function placeCauses(
  text: string,
  causes: readonly { readonly field: string; readonly message: string }[],
): readonly TextProblem[] {
  const [document] = parseManifests(text, '').documents
  return causes.map(({ field, message }) => {
    const offset = document?.locate(pathOf(field)).offset ?? 0
    return problemAt(text, offset, {
      message: field === '' ? message : `${field}: ${message}`,
      severity: 'error',
    })
  })
}

function sentenceOf(problem: Problem): string {
  const path = formatPath(problem.path)
  return path === '' ? problem.message : `${path}: ${problem.message}`
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** From the place to the end of its line. */
function problemAt(
  text: string,
  offset: number,
  rest: Pick<TextProblem, 'message' | 'severity'>,
): TextProblem {
  const end = text.indexOf('\n', offset)
  return { from: offset, to: end < 0 ? text.length : end, ...rest }
}

/** `spec.stages[1].name` and `spec.env["a.b"]` as keys and indexes. */
export function pathOf(field: string): Path {
  const steps = field.matchAll(/([^.[\]]+)|\[(\d+)\]|\["([^"]*)"\]|\[([^\]]*)\]/g)
  return [...steps].map(([, key, index, quoted, other]) =>
    index === undefined ? (key ?? quoted ?? other ?? '') : Number(index),
  )
}
