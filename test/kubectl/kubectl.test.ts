/** What people do with kubectl, done with the real kubectl against the embedded server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  type Finished,
  missingKubectl,
  type RunOptions,
  startUserCluster,
  type UserCluster,
} from './cluster.ts'

describe('kubectl', { skip: missingKubectl() }, () => {
  let cluster: UserCluster
  before(async () => {
    cluster = await startUserCluster()
  })
  after(() => cluster?.stop())

  const kubectl = (line: string, options?: RunOptions): Promise<Finished> =>
    cluster.kubectl(line.split(' '), options)
  /** Runs it, demands success, and gives what it printed. */
  const ok = async (line: string, options?: RunOptions): Promise<string> => {
    const { status, stdout, stderr } = await kubectl(line, options)
    assert.equal(status, 0, `kubectl ${line}\n${stdout}\n${stderr}`)
    return stdout
  }
  /** Runs it, demands failure, and gives what it complained. */
  const refused = async (line: string, options?: RunOptions): Promise<string> => {
    const { status, stdout, stderr } = await kubectl(line, options)
    assert.notEqual(status, 0, `kubectl ${line} should have failed\n${stdout}`)
    return stderr
  }

  test('version', async () => {
    assert.match(await ok('version'), /Server Version: v1\.\d+/)
  })

  test('api-resources lists our kinds with their short names, and the built-in ones', async () => {
    const text = await ok('api-resources')
    assert.match(text, /^missions +mi +airforce\.airforce\.mil\/v1alpha1 +true +Mission$/m)
    assert.match(text, /^flighttasks +ft /m)
    assert.match(text, /^pods +po +v1 +true +Pod$/m)
    assert.match(text, /^leases +coordination\.k8s\.io\/v1 +true +Lease$/m)
  })

  test('api-versions', async () => {
    assert.match(await ok('api-versions'), /^airforce\.airforce\.mil\/v1alpha1$/m)
  })

  test('get nodes shows the fleet', async () => {
    const text = await ok('get nodes')
    assert.match(text, /^NAME +STATUS +ROLES +AGE +VERSION$/m)
    assert.ok(text.split('\n').filter((line) => / Ready /.test(line)).length >= 12)
  })

  test('get nodes with labels as columns, by selector and by field selector', async () => {
    const text = await ok('get nodes -L aircraft.mil/type -l aircraft.mil/type=j20')
    assert.match(text, /TYPE$/m)
    assert.match(text, / j20$/m)
    assert.doesNotMatch(text, / kj500$/m)
    const name = text.split('\n')[1]?.split(/\s+/)[0] ?? ''
    const one = await ok(`get nodes --field-selector metadata.name=${name} -o name`)
    assert.equal(one.trim(), `node/${name}`)
  })

  test('apply of a folder, and get with our printer columns', async () => {
    const text = await ok('apply -f examples/001-first-mission')
    assert.match(text, /mission\.airforce\.airforce\.mil\/dawn-patrol created/)
    assert.match(text, /weapon\.airforce\.airforce\.mil\/pl-15 created/)
    assert.match(await ok('apply -f examples/001-first-mission'), /dawn-patrol unchanged/)
    const missions = await ok('get mi')
    assert.match(missions, /^NAME +PHASE +STAGES +TASKS +PRIORITY +AGE$/m)
    assert.match(missions, /^dawn-patrol +(Pending|Running) +\d\/3 +\d\/9 +high/m)
    assert.match(await ok('get mi -o wide'), /MESSAGE$/m)
    assert.match(await ok('get ms'), /^NAME +PHASE +MISSION +TYPE +TASKS +AGE$/m)
    assert.match(await ok('get wp'), /^NAME +PHASE +TYPE +IMAGE +DEPLOYED +AGE$/m)
  })

  test('get of several kinds, and -w until it is done', async () => {
    const watch = cluster.spawnKubectl(['get', 'mi', '-w'])
    let text = ''
    watch.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await ok('wait mission/dawn-patrol --for=jsonpath={.status.phase}=Succeeded --timeout=60s')
    await new Promise((resolve) => setTimeout(resolve, 500))
    watch.kill('SIGINT')
    await once(watch, 'exit')
    assert.match(text, /dawn-patrol +Running/)
    assert.match(text, /dawn-patrol +Succeeded +3\/3 +9\/9/)
    const all = await ok('get mi,ms,ft,wp,nodes,pods')
    assert.match(
      all,
      /flighttask\.airforce\.airforce\.mil\/dawn-patrol-recon-j20-01 +Succeeded +j20/,
    )
    assert.match(all, /pod\/dawn-patrol-recon-j20-01-pod +0\/\d +Completed/)
  })

  test('wait for a condition', async () => {
    await ok('wait mission/dawn-patrol --for=condition=Complete --timeout=10s')
    assert.match(
      await refused('wait mission/dawn-patrol --for=condition=Nonsense --timeout=1s'),
      /timed out/,
    )
  })

  test('get -o yaml, json, jsonpath, custom-columns, name', async () => {
    const yaml = await ok('get mi dawn-patrol -o yaml')
    assert.match(yaml, /^apiVersion: airforce\.airforce\.mil\/v1alpha1$/m)
    assert.doesNotMatch(yaml, /managedFields/)
    assert.match(await ok('get mi dawn-patrol -o yaml --show-managed-fields'), /managedFields/)
    assert.equal(JSON.parse(await ok('get mi dawn-patrol -o json')).kind, 'Mission')
    assert.equal(await ok('get mi dawn-patrol -o jsonpath={.status.phase}'), 'Succeeded')
    const columns = await ok('get ft -o custom-columns=N:.metadata.name,P:.status.phase')
    assert.match(columns, /^dawn-patrol-recon-j20-01 +Succeeded$/m)
    assert.match(
      await ok('get ms -o name'),
      /missionstage\.airforce\.airforce\.mil\/dawn-patrol-recon/,
    )
  })

  test('get by label, and sorted', async () => {
    const text = await ok(
      'get ft -l mission=dawn-patrol,stage-index=1 --sort-by=.metadata.name --no-headers',
    )
    assert.equal(text.trim().split('\n').length, 3)
    assert.equal(await ok('get ft -l mission!=dawn-patrol'), '')
  })

  test('describe of a mission, a node and a pod', async () => {
    const mission = await ok('describe mission dawn-patrol')
    assert.match(mission, /^Kind: +Mission$/m)
    assert.match(mission, /^Events:/m)
    assert.match(await ok('describe node j20-01'), /aircraft\.mil\/slot/)
    const pod = await ok('describe pod dawn-patrol-recon-j20-01-pod')
    assert.match(pod, /weapon-pl-15:/)
    assert.match(pod, /^Controlled By: +FlightTask\/dawn-patrol-recon-j20-01$/m)
  })

  test('explain, also recursive', async () => {
    assert.match(await ok('explain mission.spec.stages.type'), /ENUM:|sequential/)
    const text = await ok('explain mission --recursive')
    assert.match(text, /flightTasks/)
    assert.match(await ok('explain pod.spec.containers.image'), /<string>/)
  })

  test('logs of a task’s pod and of a sidecar', async () => {
    assert.match(await ok('logs dawn-patrol-recon-j20-01-pod'), /sector one clear/)
    await ok('logs dawn-patrol-recon-j20-01-pod -c weapon-pl-15')
    await ok('logs dawn-patrol-recon-j20-01-pod --all-containers --tail=1')
  })

  test('apply --server-side, conflicts and force', async () => {
    const folder = join(cluster.folder, 'ssa')
    await mkdir(folder, { recursive: true })
    const file = join(folder, 'map.yaml')
    const map = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ssa\ndata:\n  key: "${value}"\n`
    await writeFile(file, map('one'))
    assert.match(await ok(`apply --server-side -f ${file}`), /serverside-applied/)
    await writeFile(file, map('two'))
    const conflict = await refused(`apply --server-side --field-manager=other -f ${file}`)
    assert.match(conflict, /conflict with "kubectl": \.data\.key/)
    await ok(`apply --server-side --field-manager=other --force-conflicts -f ${file}`)
    assert.equal(await ok('get configmap ssa -o jsonpath={.data.key}'), 'two')
  })

  test('apply -k', async () => {
    const folder = join(cluster.folder, 'kustom')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'kustomization.yaml'), 'namePrefix: k-\nresources: [map.yaml]\n')
    await writeFile(
      join(folder, 'map.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n',
    )
    assert.match(await ok(`apply -k ${folder}`), /configmap\/k-map created/)
    assert.match(await ok(`apply --server-side -k ${folder}`), /k-map/)
  })

  test('diff', async () => {
    const file = join(cluster.folder, 'diff.yaml')
    await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\ndata: {a: "1"}\n')
    await ok(`apply -f ${file}`)
    assert.equal(await ok(`diff -f ${file}`), '')
    await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\ndata: {a: "2"}\n')
    const { status, stdout } = await kubectl(`diff -f ${file}`)
    assert.equal(status, 1)
    assert.match(stdout, /^\+ {2}a: "2"$/m)
    assert.equal(await ok('get configmap d -o jsonpath={.data.a}'), '1')
  })

  test('edit by an EDITOR script', async () => {
    const editor = join(cluster.folder, 'editor.sh')
    await writeFile(editor, '#!/bin/sh\nsed -i "s/priority: high/priority: low/" "$1"\n', {
      mode: 0o755,
    })
    const text = await ok('edit mission dawn-patrol', { env: { EDITOR: editor } })
    assert.match(text, /edited/)
    assert.equal(await ok('get mi dawn-patrol -o jsonpath={.spec.priority}'), 'low')
  })

  test('patch: merge, json, strategic', async () => {
    await ok('create configmap p --from-literal=a=1')
    await ok('patch configmap p --type merge -p {"data":{"b":"2"}}')
    await ok('patch configmap p --type json -p [{"op":"remove","path":"/data/a"}]')
    await ok('patch configmap p -p {"metadata":{"labels":{"x":"y"}}}')
    assert.equal(await ok('get configmap p -o jsonpath={.data}{.metadata.labels.x}'), '{"b":"2"}y')
    const wrong = await refused('patch mission dawn-patrol --type strategic -p {"spec":{}}')
    assert.match(wrong, /415|not supported|strategic/i)
  })

  test('label and annotate, with overwrite and removal', async () => {
    await ok('label mission dawn-patrol team=red')
    assert.match(await refused('label mission dawn-patrol team=blue'), /overwrite/)
    await ok('label mission dawn-patrol team=blue --overwrite')
    assert.match(await ok('get mi -l team=blue -o name'), /dawn-patrol/)
    await ok('label mission dawn-patrol team-')
    await ok('annotate mission dawn-patrol note=hello')
    assert.equal(await ok('get mi dawn-patrol -o jsonpath={.metadata.annotations.note}'), 'hello')
  })

  test('what a CRD refuses, kubectl shows with field and reason', async () => {
    const mission = (spec: string) =>
      `apiVersion: airforce.airforce.mil/v1alpha1\nkind: Mission\nmetadata: {name: bad}\nspec: ${spec}\n`
    const refusals: [string, RegExp][] = [
      [
        '{priority: urgent, stages: [{name: a, flightTasks: [{aircraft: j20}]}]}',
        /spec\.priority: Unsupported value: "urgent": supported values: /,
      ],
      ['{stages: [{name: a, dependsOn: [a], flightTasks: [{aircraft: j20}]}]}', /spec\.stages/],
      ['{stages: [{name: a, flightTasks: [{}]}, {name: a, flightTasks: [{}]}]}', /Duplicate value/],
      [
        '{stages: [{name: a, flightTasks: [{}], colour: red}]}',
        /unknown field "spec\.stages\[0\]\.colour"/,
      ],
      ['{}', /templateRef|stages/],
    ]
    for (const [spec, expected] of refusals) {
      const text = await refused('apply -f -', { stdin: mission(spec) })
      assert.match(text, expected, spec)
    }
  })

  test('create namespace, its default objects, and its deletion with all that is in it', async () => {
    await ok('create namespace squadron')
    await ok('get serviceaccount default -n squadron')
    await ok('create configmap c -n squadron --from-literal=a=b')
    await ok('delete namespace squadron --timeout=30s')
    assert.match(await refused('get configmap c -n squadron'), /not found/)
    assert.match(await refused('create configmap c -n squadron'), /namespaces "squadron" not found/)
  })

  test('auth can-i and whoami', async () => {
    assert.match(await ok('auth can-i create missions.airforce.airforce.mil'), /^yes/)
    assert.match(await ok('auth can-i --list'), /Resources/)
    assert.match(await ok('auth whoami'), /sortie:local/)
  })

  test('cordon, uncordon, taint', async () => {
    await ok('cordon j20-01')
    assert.match(await ok('get node j20-01'), /Ready,SchedulingDisabled/)
    await ok('uncordon j20-01')
    await ok('taint node j20-01 hangar=closed:NoSchedule')
    assert.match(await ok('get node j20-01 -o jsonpath={.spec.taints}'), /hangar/)
    await ok('taint node j20-01 hangar-')
  })

  test('top nodes and pods', async () => {
    const text = await ok('top nodes')
    assert.match(text, /^NAME +CPU\(cores\) +CPU\(?%\)? +MEMORY\(bytes\)/m)
    await ok(
      `run busy --image=busybox:1.36 --restart=Never --overrides={"spec":{"nodeName":"j16-02"}} --command -- sleep 600`,
    )
    await ok('wait pod/busy --for=condition=Ready --timeout=20s')
    // Figures are written every 15 s, as metrics-server has it.
    for (let tries = 0; tries < 20; tries++) {
      if ((await kubectl('top pod busy')).status === 0) break
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    assert.match(await ok('top pods'), /^busy +\d+m +\d+Mi *$/m)
    await ok('delete pod busy --grace-period=1 --timeout=20s')
  })

  test('drain evicts what flies there', async () => {
    const file = join(cluster.folder, 'long.yaml')
    await writeFile(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: long}\nspec:\n  nodeName: j20-02\n  terminationGracePeriodSeconds: 1\n  containers: [{name: task, image: "busybox:1.36", command: [sleep, "600"]}]\n',
    )
    await ok(`apply -f ${file}`)
    await ok('wait pod/long --for=condition=Ready --timeout=20s')
    await ok('drain j20-02 --force --ignore-daemonsets --timeout=30s')
    assert.match(await refused('get pod long'), /not found/)
    await ok('uncordon j20-02')
  })

  test('run, and delete with a grace period', async () => {
    await ok(
      'run idle --image=busybox:1.36 --restart=Never --overrides={"spec":{"nodeName":"j16-01"}} --command -- sleep 600',
    )
    await ok('wait pod/idle --for=condition=Ready --timeout=20s')
    await ok('delete pod idle --grace-period=1 --timeout=20s')
    await ok('delete pod idle --ignore-not-found')
  })

  test('delete: background takes what is below, orphan leaves it, foreground waits for it', async () => {
    const apply = (name: string) =>
      ok('apply -f -', {
        stdin: `apiVersion: airforce.airforce.mil/v1alpha1\nkind: Mission\nmetadata: {name: ${name}}\nspec: {stages: [{name: s, flightTasks: [{name: t, aircraft: kj500, podTemplate: {spec: {containers: [{name: task, image: "busybox:1.36", command: [sleep, "1"]}]}}}]}]}\n`,
      })
    const tasks = async (name: string) =>
      (await ok(`get ft -l mission=${name} -o name`)).split('\n').filter(Boolean).length
    for (const name of ['bg', 'fg', 'orphan']) {
      await apply(name)
      await ok(`wait mission/${name} --for=jsonpath={.status.phase}=Succeeded --timeout=60s`)
    }
    await ok('delete mission fg --cascade=foreground --timeout=20s')
    assert.equal(await tasks('fg'), 0)
    await ok('delete mission bg --timeout=20s')
    await ok('wait ft -l mission=bg --for=delete --timeout=20s')
    await ok('delete mission orphan --cascade=orphan --timeout=20s')
    assert.match(await ok('get ms orphan-s -o name'), /orphan-s/)
    assert.equal(await ok('get ms orphan-s -o jsonpath={.metadata.ownerReferences}'), '')
  })

  test('events', async () => {
    await ok('get events')
    await ok('events')
  })

  test('get --raw, and a path that is not there', async () => {
    assert.equal(await ok('get --raw /readyz'), 'ok')
    assert.match(await refused('get --raw /apis/nope'), /not found|NotFound/i)
    assert.match(await refused('get unicorns'), /doesn't have a resource type "unicorns"/)
  })

  test('replace and create refuse what is out of date or there already', async () => {
    const object = JSON.parse(await ok('get configmap p -o json'))
    await ok('patch configmap p --type merge -p {"data":{"c":"3"}}')
    const text = await refused('replace -f -', { stdin: JSON.stringify(object) })
    assert.match(text, /the object has been modified/)
    assert.match(await refused('create configmap p'), /configmaps "p" already exists/)
  })

  test('a wrong token is refused', async () => {
    assert.match(
      await refused('get pods --token=wrong'),
      /Unauthorized|must be logged in|provide credentials/i,
    )
  })
})
