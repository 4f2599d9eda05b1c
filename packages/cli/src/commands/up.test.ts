/** What `up` does where its mission is none, or goes away. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { MISSIONS } from '@sortie/api'
import { systemClock, systemRandom } from '@sortie/machinery'
import { connect } from '../connection.ts'
import type { Environment, ExitStatus } from '../environment.ts'
import { runProgram } from '../program.ts'
import { memoryOutput, runCommand } from '../testing/commandrun.ts'

const MISSION = `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata: {name: endless}
spec:
  stages:
  - name: one
    flightTasks:
    - aircraft: j20
      podTemplate: {spec: {containers: [{name: task, image: busybox, command: [sleep, infinity]}]}}
`
let folder: string
let stop: AbortController
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sortie-up-'))
  await writeFile(join(folder, 'mission.yaml'), MISSION)
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await rm(folder, { recursive: true, force: true })
})

interface Up {
  readonly status: Promise<ExitStatus>
  /** Resolves when this is printed. */
  printed(text: string): Promise<void>
}

/** Runs `up` with the endless mission, and deletes it as soon as it runs. */
async function upAndDelete(...flags: readonly string[]): Promise<Up> {
  const out = memoryOutput()
  const environment: Environment = {
    variables: { HOME: folder },
    workingDirectory: folder,
    out,
    err: memoryOutput(),
    readStdin: async () => '',
    clock: systemClock(),
    random: systemRandom(),
    signal: stop.signal,
  }
  const args = ['up', '--port', '0', '--no-dashboard', '--mission', 'mission.yaml', ...flags]
  const status = runProgram(environment, args)
  const printed = async (text: string): Promise<void> => {
    while (!out.text().includes(text)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await printed('mission endless')
  const { client, close } = await connect(environment, {})
  await client.resource(MISSIONS).delete({ namespace: 'default', name: 'endless' })
  await close()
  return { status, printed }
}

test('up --exit fails where its mission is deleted, and says so', { timeout: 30_000 }, async () => {
  const { status, printed } = await upAndDelete('--exit')
  await printed('\nmission endless was deleted\n')
  assert.equal(await status, 1)
})

test('up goes on serving where its mission is deleted', { timeout: 30_000 }, async () => {
  const { status, printed } = await upAndDelete()
  await printed('mission endless was deleted\n\nServing until Ctrl-C.\n')
  stop.abort()
  assert.equal(await status, 0)
})

test('up looks at its mission before it starts anything', async () => {
  const attempt = async (text: string) => {
    await writeFile(join(folder, 'wrong.yaml'), text)
    const args = ['up', '--port', '0', '--no-dashboard', '--exit', '--mission', 'wrong.yaml']
    const { status, out, err } = await runCommand(args, { folder })
    assert.equal(out, '')
    return `${status} ${err}`
  }
  assert.match(await attempt('a: [1'), /^1 sortie: wrong\.yaml:1:\d+: /)
  const other = MISSION.replace('kind: Mission', 'kind: Weapon')
  assert.match(await attempt(other), /^2 sortie: wrong\.yaml: no Mission among the manifests/)
})
