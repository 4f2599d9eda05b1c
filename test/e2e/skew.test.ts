/** The oldest and the newest Kubernetes that Sortie is held to: the same installation, the same parts, the same mission. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { customResourceDefinitions } from '@sortie/api'
import { controlPlaneVersion, otherVersions } from '@sortie/testing'
import { auditOf, isOurs, missingForSite, type Site, startSite, until } from './site.ts'

const hasPolicies = (version: string): boolean => Number(version.split('.')[1]) >= 30

for (const version of otherVersions()) {
  describe(`Kubernetes ${controlPlaneVersion(version)}`, {
    skip: missingForSite(version),
  }, () => {
    let site: Site
    before(async () => {
      site = await startSite({ version })
    })
    after(() => site?.stop())

    test('takes the installation, and is told what it lacks', async () => {
      assert.equal(site.plane.version, controlPlaneVersion(version))
      const { stdout, stderr } = site.installed
      for (const { metadata } of customResourceDefinitions()) {
        assert.match(stdout, new RegExp(`${metadata.name} created`))
      }
      assert.equal(
        /validatingadmissionpolicy\S*sortie-weapons created/.test(stdout),
        hasPolicies(version),
      )
      assert.equal(/no ValidatingAdmissionPolicy/.test(stderr), !hasPolicies(version))
    })

    test('a second installation changes nothing', async () => {
      const { status, stdout } = await site.sortie('install')
      assert.equal(status, 0)
      assert.doesNotMatch(stdout, /created|configured/)
    })

    test('refuses at apply what the rules of the CRDs refuse', async () => {
      const stage = (name: string, dependsOn: string) => ({
        name,
        dependsOn: [dependsOn],
        flightTasks: [{ aircraft: 'j20' }],
      })
      const mission = {
        apiVersion: 'airforce.airforce.mil/v1alpha1',
        kind: 'Mission',
        metadata: { name: 'circle' },
        spec: { stages: [stage('a', 'a'), stage('b', 'nowhere')] },
      }
      await assert.rejects(site.kubectl(['apply', '-f', '-'], JSON.stringify(mission)), /dependsOn/)
    })

    test('flies the sample mission by parts with the rights of their own accounts', async () => {
      for (const part of ['operator', 'scheduler', 'fleet'] as const) await site.start(part)
      const applied = await site.sortie('apply', '-f', 'examples/001-first-mission')
      assert.equal(applied.status, 0, applied.stderr)
      const watched = await site.sortie('watch', 'dawn-patrol')
      assert.equal(watched.status, 0, watched.stdout)
    })

    test('is asked for nothing that it refuses, but once per watch for a list that it cannot stream', () => {
      const refused = auditOf(site.plane).filter(
        (event) =>
          isOurs(event) && [400, 401, 403, 405, 422].includes(event.responseStatus?.code ?? 0),
      )
      const unexpected = refused.filter(
        ({ requestURI }) => !/sendInitialEvents=true/.test(requestURI),
      )
      assert.deepEqual(
        unexpected.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
        [],
      )
      const asked = refused.map(({ user, objectRef }) => `${user.username} ${objectRef?.resource}`)
      assert.equal(new Set(asked).size, asked.length)
    })

    test('has nothing left of a mission that was deleted', async () => {
      await site.kubectl(['delete', 'mission', 'dawn-patrol'])
      await until(async () => {
        const left = await site.kubectl(['get', 'missionstages,flighttasks,pods', '-o', 'name'])
        return left === '' || left
      })
    })
  })
}
