/** What `kubectl describe` tells of a mission that did not go smoothly: the story, on the object where people look first. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { missingKubectl, startUserCluster, type UserCluster } from './cluster.ts'

const MISSION = `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata:
  name: bumpy
spec:
  config:
    failurePolicy: {maxRetries: 2, retryStrategy: custom, backoff: {baseSeconds: 1, factor: 1, maxSeconds: 2}}
  stages:
  - name: recon
    flightTasks:
    - name: scout
      aircraft: j20
      podTemplate:
        metadata:
          annotations: {fleet.sortie/fail-attempts: "1", fleet.sortie/exit-code: "7"}
        spec:
          containers: [{name: task, image: 'busybox:1.36', command: [sleep, '0.2']}]
  - name: strike
    dependsOn: [recon]
    startGates: [{name: commander-approval}]
    flightTasks:
    - {name: lead, aircraft: j20, podTemplate: {spec: {containers: [{name: task, image: 'busybox:1.36', command: [sleep, '0.2']}]}}}
`

describe('kubectl describe', { skip: missingKubectl() }, () => {
  let cluster: UserCluster
  before(async () => {
    cluster = await startUserCluster()
  })
  after(() => cluster?.stop())

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await cluster.kubectl(args)
    assert.equal(status, 0, `kubectl ${args.join(' ')}\n${stdout}\n${stderr}`)
    return stdout
  }
  const waitFor = (path: string, what: string): Promise<string> =>
    kubectl('wait', what, `--for=jsonpath=${path}`, '--timeout=40s')

  test('tells of a mission with a retry and a gate: what happened, why, where and what came next', async () => {
    const applied = await cluster.kubectl(['apply', '-f', '-'], { stdin: MISSION })
    assert.equal(applied.status, 0, applied.stderr)
    await waitFor('{.status.phase}=Succeeded', 'ms/bumpy-recon')
    await waitFor(
      '{.status.conditions[?(@.type=="Progressing")].reason}=WaitingForGate',
      'mi/bumpy',
    )
    const approved = await cluster.sortie(['approve', 'bumpy-strike'])
    assert.equal(approved.status, 0, approved.stderr)
    await waitFor('{.status.phase}=Succeeded', 'mi/bumpy')
    const mission = await kubectl('describe', 'mission', 'bumpy')
    const story = mission.slice(mission.indexOf('\nEvents:'))
    for (const line of [
      /Normal +Started .* the mission starts: 2 stages, beginning with recon/,
      /Warning +Retrying .* task bumpy-recon-scout: attempt 1 on j20-\d+ failed: .*code 7.*; attempt 2 of 3 starts after 20\d\d-/,
      /Normal +WaitingForGate .* strike waits for gate commander-approval to be removed/,
      /Normal +GateOpened .* stage strike no longer waits for gate commander-approval/,
      /Normal +Succeeded .* all 2 stages succeeded/,
    ]) {
      assert.match(story, line)
    }
    assert.match(
      await kubectl('describe', 'ms', 'bumpy-recon'),
      /Warning +Retrying .* bumpy-recon-scout/,
    )
    assert.match(
      await kubectl('describe', 'ft', 'bumpy-recon-scout'),
      /Warning +Retrying .* attempt 1 on j20/,
    )
    const why = await cluster.sortie(['why', 'bumpy'])
    assert.match(why.stdout, /^Mission bumpy has succeeded: all 2 stages succeeded\./)
  })
})
