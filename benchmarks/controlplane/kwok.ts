/**
 * kwok in place of our own fleet as what plays the pods, so that a figure can be told from its simulator: where the two are more than
 * a twentieth apart, it is the simulator that was measured. Nodes are made by our fleet, which then leaves them to kwok.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Daemon, ensureControlPlane, startDaemon } from '@sortie/testing'

export interface KwokPlace {
  readonly kubeconfig: string
  /** For its configuration and log. */
  readonly folder: string
  /** How long every pod runs, seconds. */
  readonly seconds: number
}

/** Builds it where that is not done yet: minutes, once. */
export async function startKwok({ kubeconfig, folder, seconds }: KwokPlace): Promise<Daemon> {
  const { commandOf } = await ensureControlPlane(['kwok'], {
    report: (line) => process.stderr.write(`${line}\n`),
  })
  const config = join(folder, 'kwok.yaml')
  writeFileSync(config, configuration(seconds))
  const flags = [
    '--kubeconfig',
    kubeconfig,
    '--manage-all-nodes',
    '--node-lease-duration-seconds=0',
    `--config=${config}`,
  ]
  return startDaemon('kwok', [commandOf('kwok'), ...flags], join(folder, 'kwok.log'))
}

/** Three steps of a pod's life, each one write: it runs, it has run, it is gone. kwok manages no node without a step for nodes. */
function configuration(seconds: number): string {
  const documents = [
    {
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      kind: 'KwokConfiguration',
      options: { podPlayStageParallelism: 64, nodePlayStageParallelism: 1 },
    },
    stage('node-ready', [isReady('NotIn')], { next: { statusTemplate: READY } }),
    stage('pod-run', [isDeleting('DoesNotExist'), phaseIs('Pending')], {
      next: { statusTemplate: RUNNING },
    }),
    stage('pod-complete', [isDeleting('DoesNotExist'), phaseIs('Running')], {
      delay: { durationMilliseconds: seconds * 1000 },
      next: { statusTemplate: COMPLETE },
    }),
    stage('pod-leave', [isDeleting('Exists')], { next: { delete: true } }),
  ]
  return documents.map((document) => `---\n${JSON.stringify(document)}\n`).join('')
}

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

const isDeleting = (operator: 'Exists' | 'DoesNotExist'): Requirement => ({
  key: '.metadata.deletionTimestamp',
  operator,
})
const isReady = (operator: string): Requirement => ({
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator,
  values: ['True'],
})
const phaseIs = (phase: string): Requirement => ({
  key: '.status.phase',
  operator: 'In',
  values: [phase],
})

function stage(
  name: string,
  matchExpressions: readonly Requirement[],
  then: { readonly next: object; readonly delay?: object },
): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: name.startsWith('node') ? 'Node' : 'Pod' },
      selector: { matchExpressions },
      ...then,
    },
  }
}

const READY = `
{{ $now := Now }}
conditions:
- {type: Ready, status: "True", lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
`

const RUNNING = `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
{{ end }}
`

const COMPLETE = `
{{ $now := Now }}
{{ $started := .status.startTime }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $started | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
`
