/** What the README tells a newcomer to type, typed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missingKubectl, ROOT, startUserCluster, type UserCluster } from './cluster.ts'

const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  )
const commands = blocks('sh').flatMap((block) => block.trim().split('\n'))

describe('the README', { skip: missingKubectl() }, () => {
  let cluster: UserCluster
  before(async () => {
    cluster = await startUserCluster(['--mission', 'examples/001-first-mission'])
  })
  after(() => cluster?.stop())

  test('has commands of the kinds that are tried here, and no others', () => {
    assert.ok(commands.length >= 4)
    for (const command of commands) assert.match(command, /^(npm start|kubectl |npx sortie )/)
  })

  for (const command of commands.filter((line) => line.startsWith('kubectl '))) {
    test(command, async () => {
      const { status, stderr } = await cluster.kubectl(command.split(' ').slice(1))
      assert.equal(status, 0, stderr)
    })
  }

  test('its example missions have no problems', async () => {
    const manifests = blocks('yaml')
    assert.ok(manifests.length > 0)
    for (const stdin of manifests) {
      const { status, stdout } = await cluster.sortie(['lint', '-f', '-'], { stdin })
      assert.equal(status, 0, stdout)
    }
  })

  test('its list of commands is what the program has', async () => {
    const { stdout } = await cluster.sortie(['--help'])
    const listed = README.slice(README.indexOf('## The command'))
    for (const [, name = ''] of stdout.matchAll(/^ {2}([a-z]+) \[?/gm)) {
      if (name === 'help') continue
      assert.match(
        listed,
        new RegExp(`\`(sortie )?${name}\\b`),
        `the README does not mention ${name}`,
      )
    }
  })
})
