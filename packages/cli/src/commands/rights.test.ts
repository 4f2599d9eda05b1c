/** Commands of somebody who may not do all that they need: they say what is missing, and end. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { API_VERSION, GROUP, MISSIONS } from '@sortie/api'
import type { KubeObject, ResourceType } from '@sortie/machinery'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true }
const ROLES: ResourceType = { ...RBAC, plural: 'roles', kind: 'Role' }
const BINDINGS: ResourceType = { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding' }
const namespace = 'default'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
  const { client } = it.cluster
  await client.resource(MISSIONS).create({
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: { name: 'dawn', namespace },
    spec: { stages: [{ name: 'one', flightTasks: [{}] }] },
  } as KubeObject)
  const metadata = { name: 'missions-only', namespace }
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata }
  const rules = [{ apiGroups: [GROUP], resources: ['missions'], verbs: ['get', 'list', 'watch'] }]
  await client.resource(ROLES).create({ ...rbac, kind: 'Role', rules } as KubeObject)
  await client.resource(BINDINGS).create({
    ...rbac,
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'guest' }],
  } as KubeObject)
})
after(() => it.stop())

const asGuest = (...args: readonly string[]) => it.run([...args, '--kubeconfig', it.guest])

for (const command of ['watch', 'tree']) {
  test(`${command} of whoever may see missions but no stages is refused, not silent`, async () => {
    const { status, out, err } = await asGuest(command, 'dawn')
    assert.equal(status, 4)
    assert.equal(out, '')
    assert.match(err, /"guest" cannot list resource "missionstages"/)
  })
}
