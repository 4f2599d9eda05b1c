import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { parse } from 'yaml'
import { removeKubeconfig, writeKubeconfig } from './kubeconfig.ts'

const content = (token: string) => ({
  server: 'https://127.0.0.1:7443',
  authority: '-----BEGIN',
  token,
})

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sortie-kubeconfig-'))
  path = join(folder, 'kubeconfig')
})
afterEach(() => rm(folder, { recursive: true }))

test('the file is for its owner’s eyes, in a folder that is made for it', async () => {
  const inside = join(folder, '.sortie', 'kubeconfig')
  await writeKubeconfig(inside, content('t'))
  assert.equal((await stat(inside)).mode & 0o777, 0o600)
  assert.partialDeepStrictEqual(parse(await readFile(inside, 'utf8')), {
    'current-context': 'sortie',
    users: [{ user: { token: 't' } }],
  })
})

test('what a killed start left, or an empty file, is written anew', async () => {
  await writeKubeconfig(path, content('first'))
  await writeKubeconfig(path, content('second'))
  assert.match(await readFile(path, 'utf8'), /token: second/)
  await writeFile(path, '')
  await writeKubeconfig(path, content('third'))
  assert.match(await readFile(path, 'utf8'), /token: third/)
})

const FOREIGN = {
  'a kubeconfig of other clusters': 'users: [{name: admin, user: {token: x}}]\n',
  'one with a user beside ours': 'users: [{name: sortie}, {name: admin}]\n',
  'a file that is no kubeconfig': 'my notes\n',
  'a file that is no YAML': 'a: [1',
}
for (const [what, text] of Object.entries(FOREIGN)) {
  test(`${what} is not overwritten`, async () => {
    await writeFile(path, text)
    await assert.rejects(writeKubeconfig(path, content('t')), /is there already, and not from/)
    assert.equal(await readFile(path, 'utf8'), text)
  })
}

test('the end of one start leaves the file of a later one, and no file is no error', async () => {
  await writeKubeconfig(path, content('first'))
  await writeKubeconfig(path, content('second'))
  await removeKubeconfig(path, 'first')
  assert.match(await readFile(path, 'utf8'), /token: second/)
  await removeKubeconfig(path, 'second')
  await assert.rejects(stat(path), { code: 'ENOENT' })
  await removeKubeconfig(path, 'second')
})
