/** `sortie apply -f`: server-side apply of files, folders and standard input. */
import { type ConnectionFlags, withConnection } from '../connection.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { type Applied, type ApplySettings, applyEach } from '../manifests/apply.ts'
import { readManifests } from '../manifests/read.ts'
import { objectFormat, printObjects, qualifiedName } from '../output/objects.ts'

export interface ApplyFlags extends ConnectionFlags, ApplySettings {
  readonly filename: readonly string[]
  readonly recursive?: boolean
  readonly output?: string
}

export async function apply(environment: Environment, flags: ApplyFlags): Promise<ExitStatus> {
  const { documents, problems } = await readManifests(environment, flags.filename, flags)
  for (const { source, line, column, message } of problems) {
    environment.err.write(`${source}:${line}:${column}: ${message}\n`)
  }
  if (problems.length > 0) return EXIT.failed
  if (documents.length === 0) throw new CommandError('no objects in what was given', EXIT.usage)
  const format = objectFormat(flags.output)
  return withConnection(environment, flags, async (connection) => {
    const objects: Applied['object'][] = []
    const failures: string[] = []
    try {
      for await (const step of applyEach(connection, documents, flags)) {
        if ('message' in step) failures.push(step.message)
        else {
          objects.push(step.object)
          if (format === undefined) environment.out.write(lineOf(step, flags))
        }
      }
    } finally {
      // Also where the server was lost in the middle: the rest is to be done again, not the whole.
      if (format !== undefined && objects.length > 0) printObjects(environment, objects, format)
      for (const message of failures) environment.err.write(`${message}\n`)
    }
    return failures.length === 0 ? EXIT.ok : EXIT.refused
  })
}

function lineOf({ object, outcome }: Applied, { dryRun }: ApplySettings): string {
  return `${qualifiedName(object)} ${outcome}${dryRun === true ? ' (server dry run)' : ''}\n`
}
