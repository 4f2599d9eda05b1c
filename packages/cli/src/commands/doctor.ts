/** `sortie doctor`: looks at everything that has to be right, and says what to do about what is not. */
import { SCHEDULER_NAME } from '@sortie/api'
import { ApiStatusError } from '@sortie/machinery'
import { type Connection, type ConnectionFlags, withConnection } from '../connection.ts'
import { type Finding, fail, ok, warn } from '../doctor/finding.ts'
import { checkAircraft, checkLease } from '../doctor/fleet.ts'
import { checkDashboard, checkScheduler, schedulerInUse } from '../doctor/installation.ts'
import {
  checkClock,
  checkDefinitions,
  checkRights,
  checkVersion,
  skewOf,
} from '../doctor/server.ts'
import { type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { DEFAULT_SETTINGS, nameOf, partsOf } from '../installation/index.ts'
import { harmless, painter } from '../output/text.ts'

export interface DoctorFlags extends ConnectionFlags {
  /** Where operator and scheduler run. */
  readonly systemNamespace?: string
}

export function doctor(environment: Environment, flags: DoctorFlags): Promise<ExitStatus> {
  return withConnection(environment, flags, async (connection) => {
    let failed = false
    for await (const finding of findings(environment, connection, flags)) {
      failed ||= finding.level === 'fail'
      environment.out.write(`${lineOf(environment, finding)}\n`)
    }
    return failed ? EXIT.failed : EXIT.ok
  })
}

async function* findings(
  { clock }: Environment,
  connection: Connection,
  { systemNamespace = DEFAULT_SETTINGS.namespace }: DoctorFlags,
): AsyncGenerator<Finding> {
  const { client, namespace, server } = connection
  const version = await client.raw({ method: 'GET', path: '/version' })
  const now = clock.now()
  const skew = skewOf(version, now)
  yield ok('connection', server)
  yield checkVersion(version)
  yield checkClock(skew)
  yield* await allowed('CRDs', () => checkDefinitions(client))
  yield* await allowed('rights', () => checkRights(client, namespace))
  yield* await allowed('aircraft', () => checkAircraft(client))
  const check = { client, systemNamespace, namespace }
  let inUse = SCHEDULER_NAME
  yield* await allowed('scheduling', async () => {
    inUse = await schedulerInUse(check)
    return [await checkScheduler(check, inUse)]
  })
  const lease = { client, namespace: systemNamespace, now: now + (skew ?? 0) }
  for (const part of partsOf({ ...DEFAULT_SETTINGS, schedulerName: inUse })) {
    const name = nameOf(DEFAULT_SETTINGS, part)
    yield* await allowed(name, async () => [await checkLease(lease, name)])
  }
  yield* await allowed(nameOf(DEFAULT_SETTINGS, 'dashboard'), async () => [
    await checkDashboard(check),
  ])
}

/** A check that the server refuses is a finding of its own. */
async function allowed(
  subject: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error
    const remedy = 'ask someone with more rights to run this'
    const report = error.code === 403 ? warn : fail
    return [report(subject, `could not be checked: ${error.message}`, remedy)]
  }
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function lineOf(environment: Environment, { level, subject, message, remedy }: Finding): string {
  const paint = painter(environment, environment.out)
  const text = `${paint(COLOURS[level], level.padEnd(4))} ${subject}: ${harmless(message)}`
  return remedy === undefined ? text : `${text} → ${remedy}`
}
