import assert from 'node:assert/strict'
import { chmod, readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  FLIGHT_TASKS,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import { type KubeObject, NAMESPACES, NODES, PODS } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { parse } from 'yaml'
import { type CommandRun, startCommandRun } from '../testing/commandrun.ts'

let it: CommandRun
before(async () => {
  it = await startCommandRun()
})
after(() => it.stop())

const MISSION = `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata:
  name: dawn
spec:
  stages:
  - name: one
    flightTasks:
    - aircraft: j20
`
const object = (kind: string, name: string, spec: unknown): KubeObject =>
  ({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind,
    metadata: { name, namespace: 'default' },
    spec,
  }) as KubeObject

/** A server that is none of ours, for the length of the work. */
async function withServer(
  answer: RequestListener,
  work: (kubeconfig: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const config = JSON.parse(await readFile(it.kubeconfig, 'utf8'))
  config.clusters[0].cluster.server = `http://127.0.0.1:${port}`
  try {
    await work(await it.write('other', JSON.stringify(config)))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('apply creates, leaves unchanged, configures, and says which', async () => {
  await it.write('mission.yaml', MISSION)
  const first = await it.run(['apply', '-f', 'mission.yaml'])
  assert.deepEqual(first, {
    status: 0,
    out: 'mission.airforce.airforce.mil/dawn created\n',
    err: '',
  })
  assert.match((await it.run(['apply', '-f', 'mission.yaml'])).out, /dawn unchanged/)
  const changed = MISSION.replace('spec:\n', 'spec:\n  priority: high\n')
  assert.match((await it.run(['apply', '-f', '-'], { stdin: changed })).out, /dawn configured/)
})

test('apply with -o prints the object, and --dry-run changes nothing', async () => {
  const text = MISSION.replace('name: dawn', 'name: dry')
  const answer = await it.run(['apply', '--dry-run', '-o', 'json', '-f', '-'], { stdin: text })
  assert.equal(JSON.parse(answer.out).metadata.name, 'dry')
  assert.equal((await it.run(['get', 'mission', 'dry'])).status, 4)
})

test('apply reports each bad object with file and line, and applies the others', async () => {
  const text = `${MISSION.replace('name: dawn', 'name: good')}---\n${MISSION.replace('name: dawn', 'name: bad').replace('stages:', 'priority: urgent\n  stages:')}---\nkind: Mission\n`
  await it.write('mixed.yaml', text)
  const { status, out, err } = await it.run(['apply', '-f', 'mixed.yaml'])
  assert.equal(status, 4)
  assert.match(out, /good created/)
  assert.match(err, /mixed\.yaml:11: Mission bad: .*spec\.priority: Unsupported value: "urgent"/)
  assert.match(err, /mixed\.yaml:22: Mission: apiVersion is missing/)
})

test('bad input for -f: nothing there, a folder without manifests, broken YAML, an unknown kind', async () => {
  const attempt = async (args: string[], stdin = '') => {
    const { status, err } = await it.run(['apply', ...args], { stdin })
    return `${status} ${err}`
  }
  assert.match(await attempt(['-f', 'nowhere.yaml']), /^2 .*nowhere\.yaml: no such file or folder/)
  assert.match(await attempt(['-f', '-'], ''), /^2 .*no objects/)
  assert.match(await attempt(['-f', '-'], 'a: [1'), /^1 -:\d+:\d+: /)
  assert.match(await attempt(['-f', '-'], 'a:\n\tb: 1'), /^1 -:2:1: /)
  const unknown = 'apiVersion: example.org/v1\nkind: Unicorn\nmetadata: {name: u}\n'
  assert.match(await attempt(['-f', '-'], unknown), /^4 .*no matches for kind "Unicorn"/)
  const hole = 'apiVersion: v1\nkind: List\nitems: [null]\n'
  assert.match(await attempt(['-f', '-'], hole), /^4 -:3: document: not an API object/)
  assert.match(await attempt([]), /^2 .*-f FILE/)
})

test('get prints the server’s table, several resources with titles, one as YAML', async () => {
  const table = await it.run(['get', 'missions', 'dawn'])
  assert.match(table.out, /^NAME +PHASE +STAGES +TASKS +PRIORITY +AGE\ndawn +Pending/)
  assert.match((await it.run(['get', 'mi', '-o', 'wide'])).out, /MESSAGE/)
  assert.match((await it.run(['get', 'mi', '-A'])).out, /^NAMESPACE +NAME/)
  assert.match((await it.run(['get', 'mi', 'dawn', '-o', 'yaml'])).out, /^kind: Mission$/m)
  await it.cluster.client
    .resource({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false })
    .create(makeAircraft('j20-01'))
  assert.match((await it.run(['get', 'missions,aircraft'])).out, /mission\/dawn[\s\S]*node\/j20-01/)
  const none = await it.run(['get', 'tasks', '-l', 'mission=nobody'])
  assert.deepEqual(
    [none.status, none.out, none.err],
    [0, '', 'No resources found in default namespace.\n'],
  )
})

test('get of an unknown resource or object says what there is', async () => {
  const unknown = await it.run(['get', 'unicorns'])
  assert.equal(unknown.status, 2)
  assert.match(unknown.err, /unknown resource "unicorns": one of missions, /)
  const missing = await it.run(['get', 'missions', 'nobody'])
  assert.equal(missing.status, 4)
  assert.match(missing.err, /missions\.airforce\.airforce\.mil "nobody" not found/)
})

test('an empty name is refused, and an empty namespace is none', async () => {
  const verbs = ['get missions', 'why', 'why mission', 'watch', 'tree', 'logs', 'cancel', 'approve']
  for (const words of verbs) {
    const { status, err } = await it.run([...words.split(' '), ''])
    assert.equal(status, 2, words)
    assert.match(err, /^sortie: a name is empty/)
  }
  const metadata = { name: 'far' }
  await it.cluster.client
    .resource(NAMESPACES)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata })
  await it.run(['apply', '-n', 'far', '-f', '-'], { stdin: MISSION.replace('dawn', 'far-off') })
  const { out } = await it.run(['get', 'missions', '-n', ''])
  assert.match(out, /^dawn /m)
  assert.doesNotMatch(out, /far-off/)
})

test('get refuses what would be passed over beside a name', async () => {
  const said = async (...args: readonly string[]) => {
    const { status, out, err } = await it.run(['get', ...args])
    assert.equal(out, '')
    return `${status} ${err}`
  }
  assert.match(await said('missions,stages', 'dawn'), /^2 .*names go with one resource/)
  assert.match(await said('missions', 'dawn', '-A'), /^2 .*one namespace: leave out -A/)
  assert.match(await said('missions', 'dawn', '-l', 'a=b'), /^2 .*do not go with a selector/)
})

test('get -A puts no namespace before what has none', async () => {
  await it.cluster.client.resource(NODES).create(makeAircraft('spare'))
  const { out } = await it.run(['get', 'aircraft,missions', '-A'])
  const [aircraft, missions] = out.split('\n\n')
  assert.match(aircraft ?? '', /^NAME /)
  assert.match(missions ?? '', /^NAMESPACE +NAME /)
  await it.cluster.client.resource(NODES).delete({ name: 'spare' })
})

test('get -o prints a List of what it looked for, be it one object or none, and an object by its name', async () => {
  const shape = async (...args: readonly string[]) => {
    const { out } = await it.run(['get', ...args, '-o', 'json'])
    const { kind, items } = JSON.parse(out)
    return items === undefined ? kind : items.map((item: KubeObject) => item.kind)
  }
  await it.run(['apply', '-f', '-'], { stdin: MISSION.replace('dawn', 'dusk') })
  await it.cluster.client
    .resource(MISSIONS)
    .patch(
      { namespace: 'default', name: 'dusk' },
      { type: 'merge', body: { metadata: { labels: { only: 'me' } } } },
    )
  assert.deepEqual(await shape('missions', '-l', 'only=me'), ['Mission'])
  assert.deepEqual(await shape('missions', '-l', 'only=you'), [])
  assert.equal(await shape('missions', 'dusk'), 'Mission')
  assert.deepEqual(await shape('missions', 'dusk', 'dawn'), ['Mission', 'Mission'])
  const tree = JSON.parse((await it.run(['tree', 'dusk', '-o', 'json'])).out)
  assert.deepEqual(
    tree.items.map(({ kind }: KubeObject) => kind),
    ['Mission'],
  )
})

test('cancel, suspend, resume and retry write one field each', async () => {
  const mission = () =>
    it.cluster.client.resource<Mission>(MISSIONS).get({ namespace: 'default', name: 'dawn' })
  assert.match((await it.run(['suspend', 'dawn'])).out, /mission dawn suspended/)
  assert.equal((await mission()).spec.suspend, true)
  await it.run(['resume', 'dawn'])
  assert.equal((await mission()).spec.suspend, false)
  await it.run(['retry', 'dawn'])
  const { annotations } = (await mission()).metadata
  assert.match(annotations?.['airforce.airforce.mil/retry'] ?? '', /^20\d\d-/)
  assert.match((await it.run(['cancel', 'dawn', '-o', 'json'])).out, /"cancel": true/)
  const unknown = await it.run(['cancel', 'nobody'])
  assert.equal(unknown.status, 4)
})

test('of several missions one that is not there does not keep the others from being cancelled', async () => {
  const names = ['first', 'nobody', 'last']
  for (const name of ['first', 'last']) {
    await it.run(['apply', '-f', '-'], { stdin: MISSION.replace('dawn', name) })
  }
  const answer = await it.run(['cancel', ...names])
  assert.equal(answer.status, 4)
  assert.equal(answer.out, 'mission first cancelled\nmission last cancelled\n')
  assert.match(answer.err, /^sortie: .*"nobody" not found\n$/)
  const { out } = await it.run(['suspend', 'first', 'last', '-o', 'yaml'])
  assert.deepEqual(
    parse(out).items.map(({ metadata }: KubeObject) => metadata.name),
    ['first', 'last'],
  )
})

test('approve opens the gates that wait for a person, and no other', async () => {
  const stages = it.cluster.client.resource<MissionStage>(MISSION_STAGES)
  const gates = [{ name: 'dependencies' }, { name: 'commander-approval' }, { name: 'weather' }]
  await stages.create(
    object('MissionStage', 'gated', { stageName: 'gated', startGates: gates }) as MissionStage,
  )
  const gatesOf = async () =>
    ((await stages.get({ namespace: 'default', name: 'gated' })).spec.startGates ?? []).map(
      ({ name }) => name,
    )
  const wrong = await it.run(['approve', 'gated', '--gate', 'nonsense'])
  assert.equal(wrong.status, 4)
  assert.match(wrong.err, /it has commander-approval, weather/)
  assert.equal((await it.run(['approve', 'gated', '--gate', 'dependencies'])).status, 4)
  assert.match((await it.run(['approve', 'gated', '--gate', 'weather'])).out, /opened weather/)
  assert.deepEqual(await gatesOf(), ['dependencies', 'commander-approval'])
  await it.run(['approve', 'gated'])
  assert.deepEqual(await gatesOf(), ['dependencies'])
})

test('tree draws mission, stages and tasks, and the terminal is safe from what they say', async () => {
  const { client } = it.cluster
  const mission = await client
    .resource<Mission>(MISSIONS)
    .create(object('Mission', 'drawn', { stages: [{ name: 'one', flightTasks: [{}] }] }) as Mission)
  const owned = (kind: string, { metadata }: { metadata: { name: string; uid: string } }) => [
    {
      apiVersion: 'airforce.airforce.mil/v1alpha1',
      kind,
      name: metadata.name,
      uid: metadata.uid,
      controller: true,
    },
  ]
  const stage = await client.resource(MISSION_STAGES).create({
    ...object('MissionStage', 'drawn-one', {
      stageName: 'one',
      stageIndex: 1,
      stageType: 'parallel',
    }),
    metadata: {
      name: 'drawn-one',
      namespace: 'default',
      labels: { 'stage-name': 'one' },
      ownerReferences: owned('Mission', mission),
    },
  })
  const task = await client.resource(FLIGHT_TASKS).create({
    ...object('FlightTask', 'drawn-one-j20-01', { taskName: 'j20-01' }),
    metadata: {
      name: 'drawn-one-j20-01',
      namespace: 'default',
      ownerReferences: owned('MissionStage', stage),
    },
  })
  const status = { phase: 'Failed', message: 'evil \u001b[31mred\u001b[2J text' }
  await client
    .resource(FLIGHT_TASKS)
    .patch(
      { namespace: 'default', name: task.metadata.name },
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    )
  const { out } = await it.run(['tree', 'drawn'])
  assert.match(out, /^○ Pending +drawn/)
  assert.match(out, /└─ ○ Pending +one +parallel/)
  assert.match(out, / {3}└─ ✖ Failed +j20-01 +evil red text/)
  assert.doesNotMatch(out, /\u001b/)
  assert.equal((await it.run(['tree', 'nobody'])).status, 4)
  const listed = JSON.parse((await it.run(['tree', 'drawn', '-o', 'json'])).out)
  assert.deepEqual(
    listed.items.map(({ kind }: KubeObject) => kind),
    ['Mission', 'MissionStage', 'FlightTask'],
  )
})

test('logs of a task without a pod says why there is none', async () => {
  const { status, err } = await it.run(['logs', 'drawn-one-j20-01'])
  assert.equal(status, 4)
  assert.match(err, /task drawn-one-j20-01 has no pod \(it is Failed: evil red text\)/)
})

test('logs are those of the task’s first container, where a weapon runs beside it', async () => {
  const { client } = it.cluster
  const podTemplate = { spec: { containers: [{ name: 'sim', image: 'x' }] } }
  await client.resource(FLIGHT_TASKS).create(object('FlightTask', 'armed', { podTemplate }))
  const containers = ['sim', 'weapon-chaff'].map((name) => ({ name, image: 'x' }))
  const pod = { ...object('Pod', 'armed-pod', { containers }), apiVersion: 'v1' }
  const { uid } = (await client.resource(PODS).create(pod)).metadata
  const podRef = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'armed-pod', uid }
  await client
    .resource(FLIGHT_TASKS)
    .patch(
      { namespace: 'default', name: 'armed' },
      { type: 'merge', body: { status: { phase: 'Scheduled', podRef } } },
      { subresource: 'status' },
    )
  // The server chooses none of two: asked without a name it would refuse.
  assert.deepEqual(await it.run(['logs', 'armed']), { status: 0, out: '', err: '' })
})

test('crds prints what the server takes', async () => {
  const { out } = await it.run(['crds'])
  assert.equal(out.match(/^kind: CustomResourceDefinition$/gm)?.length, 6)
  assert.equal((await it.run(['apply', '-f', '-'], { stdin: out })).status, 0)
})

test('help has examples and the exit statuses; a wrong command line is 2', async () => {
  const help = await it.run(['--help'])
  assert.equal(help.status, 0)
  assert.match(help.out, /Exit status: 0 done/)
  const commands = [...help.out.matchAll(/^ {2}([a-z]+) \[/gm)].map(([, name = '']) => name)
  assert.ok(commands.length > 15)
  for (const name of commands.filter((command) => command !== 'help')) {
    const { out } = await it.run([name, '--help'])
    assert.match(out, new RegExp(`Examples?:\n {2}sortie ${name}\\b`), name)
  }
  assert.equal((await it.run(['fly'])).status, 2)
  assert.equal((await it.run(['get'])).status, 2)
})

test('no server, a wrong token, no kubeconfig: a sentence with the next step, and status 3 or 2', async () => {
  const config = (server: string, token: string) =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })
  await it.write('nobody', config('http://127.0.0.1:9', 't'))
  const unreachable = await it.run(['get', 'mi', '--kubeconfig', 'nobody'])
  assert.equal(unreachable.status, 3)
  assert.match(unreachable.err, /does the API server run/)
  const { clusters } = JSON.parse(
    await (await import('node:fs/promises')).readFile(it.kubeconfig, 'utf8'),
  )
  await it.write('stranger', config(clusters[0].cluster.server, 'wrong'))
  const stranger = await it.run(['get', 'mi', '--kubeconfig', 'stranger'])
  assert.equal(stranger.status, 3)
  assert.match(stranger.err, /refused the credentials/)
  const apply = ['apply', '-f', '-', '--kubeconfig', 'stranger']
  assert.deepEqual(await it.run(apply, { stdin: MISSION }), stranger)
  const missing = await it.run(['get', 'mi', '--kubeconfig', 'missing'])
  assert.equal(missing.status, 2)
  assert.match(missing.err, /missing/)
  const context = await it.run(['get', 'mi', '--context', 'elsewhere'])
  assert.equal(context.status, 2)
  assert.match(context.err, /elsewhere/)
})

test('a file without permission to read it is named, with the reason', async () => {
  const file = await it.write('locked.yaml', MISSION)
  await chmod(file, 0o000)
  await chmod(it.folder, 0o755)
  const isRoot = process.geteuid?.() === 0
  // Root reads everything: for the length of the call be nobody.
  if (isRoot) process.seteuid?.(65_534)
  try {
    const { status, err } = await it.run(['lint', '-f', file])
    assert.equal(status, 2)
    assert.match(err, /locked\.yaml: no permission to read it/)
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('a server that does not speak our version is told from one that lacks an object', async () => {
  const plain: RequestListener = (_, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')
  }
  await withServer(plain, async (kubeconfig) => {
    const read = await it.run(['get', 'missions', '--kubeconfig', kubeconfig])
    assert.equal(read.status, 4)
    assert.match(read.err, /404.*`sortie install`/)
    const args = ['apply', '-f', '-', '--kubeconfig', kubeconfig]
    const applied = await it.run(args, { stdin: MISSION })
    assert.equal(applied.status, 4)
    assert.match(applied.err, /no matches for kind "Mission".*are the CRDs installed/)
  })
})

test('get -o says of each object what it is, where the list of a server does not', async () => {
  const list = { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'a' } }] }
  const bare: RequestListener = (_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(list))
  }
  await withServer(bare, async (kubeconfig) => {
    const { out } = await it.run(['get', 'pods', '-o', 'json', '--kubeconfig', kubeconfig])
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }
    assert.deepEqual(JSON.parse(out).items, [pod])
  })
})

test('Ctrl-C ends a command whose server does not answer', async () => {
  const abort = new AbortController()
  await withServer(
    () => abort.abort(),
    async (kubeconfig) => {
      const args = ['get', 'missions', '--kubeconfig', kubeconfig]
      const answer = await it.run(args, { signal: abort.signal })
      assert.deepEqual(answer, { status: 130, out: '', err: '' })
    },
  )
})
