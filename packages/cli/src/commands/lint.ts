/** `sortie lint -f`: checks manifests without a server, and says where in the file each problem stands. */
import {
  API_VERSION,
  DEFAULT_POD_POLICY,
  formatPath,
  GROUP,
  type ManifestDocument,
  type ManifestProblem,
  type Problem,
  RESOURCES,
  validate,
} from '@sortie/api'
import { type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { toObject } from '../manifests/apply.ts'
import { readManifests } from '../manifests/read.ts'
import { objectFormat, printObjects } from '../output/objects.ts'
import { harmless, painter } from '../output/text.ts'

export interface LintFlags {
  readonly filename: readonly string[]
  readonly recursive?: boolean
  readonly output?: string
}

/** One line of the report. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly severity: 'error' | 'warning'
  /** `Mission dawn-patrol`; empty where the text is no object. */
  readonly object: string
  /** `spec.stages[1].dependsOn[0]`; empty where the problem belongs to no field. */
  readonly path: string
  readonly code: string
  readonly message: string
}

export async function lint(environment: Environment, flags: LintFlags): Promise<ExitStatus> {
  const format = objectFormat(flags.output)
  const { documents, problems, files } = await readManifests(environment, flags.filename, flags)
  const findings = [
    ...problems.map(syntaxFinding),
    ...documents.flatMap(checkDocument),
    ...repeatedObjects(documents),
  ].toSorted(byPlace)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (format === undefined) {
    report(environment, findings, { files, objects: documents.length, errors })
  } else printObjects(environment, [{ files, objects: documents.length, findings }], format)
  return errors === 0 && (documents.length > 0 || files > 0) ? EXIT.ok : EXIT.failed
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

function syntaxFinding({ source, line, column, message }: ManifestProblem): Finding {
  const severity = 'error'
  return { file: source, line, column, severity, object: '', path: '', code: 'Syntax', message }
}

/** Everything that is wrong with one document. Kinds of other groups are left to those who know them. */
function checkDocument(document: ManifestDocument): Finding[] {
  const finding = (problem: Problem): Finding => ({
    file: document.source,
    ...document.locate(problem.path),
    severity: problem.severity,
    object: nameOf(document.value),
    path: formatPath(problem.path),
    code: problem.code,
    message: problem.message,
  })
  try {
    const { apiVersion, kind } = toObject(document)
    const foreign = foreignGroup(apiVersion, kind)
    if (foreign !== undefined) return [finding(foreign)]
    if (!apiVersion.startsWith(`${GROUP}/`)) return []
    return validate(document.value, { podPolicy: DEFAULT_POD_POLICY }).map(finding)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [finding({ path: [], code: 'NoObject', message, severity: 'error' })]
  }
}

const OUR_KINDS: ReadonlySet<string> = new Set(RESOURCES.map(({ kind }) => kind))

/** One of our kinds under another group or version is a slip of the pen. */
function foreignGroup(apiVersion: string, kind: string): Problem | undefined {
  if (apiVersion.startsWith(`${GROUP}/`) || !OUR_KINDS.has(kind)) return undefined
  const message = `no kind ${kind} in ${harmless(apiVersion)}: it is ${API_VERSION}`
  return { path: ['apiVersion'], code: 'UnknownVersion', message, severity: 'error' }
}

/** The same object twice: the later one would silently win. */
function repeatedObjects(documents: readonly ManifestDocument[]): Finding[] {
  const seen = new Map<string, ManifestDocument>()
  return documents.flatMap((document) => {
    const identity = identityOf(document.value)
    if (identity === undefined) return []
    const first = seen.get(identity)
    seen.set(identity, first ?? document)
    if (first === undefined) return []
    const place = `${first.source}:${first.locate([]).line}`
    return [
      {
        file: document.source,
        ...document.locate(['metadata', 'name']),
        severity: 'error' as const,
        object: nameOf(document.value),
        path: 'metadata.name',
        code: 'Duplicate',
        message: `${nameOf(document.value)} stands at ${place} already: give one of them another name`,
      },
    ]
  })
}

interface Identifiable {
  readonly apiVersion?: unknown
  readonly kind?: unknown
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null
}

function identityOf(value: unknown): string | undefined {
  const { apiVersion, kind, metadata } = (value ?? {}) as Identifiable
  if (typeof metadata?.name !== 'string') return undefined
  return JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name])
}

function nameOf(value: unknown): string {
  const { kind, metadata } = (value ?? {}) as Identifiable
  const parts = [kind, metadata?.name].filter((part) => typeof part === 'string')
  return harmless(parts.join(' '))
}

interface Summary {
  readonly files: number
  readonly objects: number
  readonly errors: number
}

function report(environment: Environment, findings: readonly Finding[], summary: Summary): void {
  const paint = painter(environment, environment.out)
  for (const { file, line, column, severity, object, path, message } of findings) {
    const word = paint(severity === 'error' ? 'red' : 'yellow', severity)
    const what = [object, path].filter((part) => part !== '').join(' ')
    const text = what === '' ? message : `${what}: ${message}`
    environment.out.write(`${harmless(file)}:${line}:${column}: ${word}: ${harmless(text)}\n`)
  }
  const { files, objects, errors } = summary
  const warnings = findings.length - errors
  const counts = `${count(objects, 'object')} in ${count(files, 'file')}`
  const verdict =
    findings.length === 0
      ? 'no problems'
      : `${count(errors, 'error')}, ${count(warnings, 'warning')}`
  environment.out.write(`${counts}: ${verdict}\n`)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
