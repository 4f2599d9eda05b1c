/** The test suites: which files each has, and what it needs that a machine may lack. */
import { globSync } from 'node:fs'
import { join } from 'node:path'

export interface Suite {
  readonly name: string
  readonly description: string
  /** Globs from the root of the repository. */
  readonly files: readonly string[]
  /** Test files at the same time: 1 for suites that measure or that share something heavy. */
  readonly concurrency: number
  /** Folder of the package whose vitest runs them; node:test does where it is missing. */
  readonly vitest?: string
}

export const SUITES: readonly Suite[] = [
  {
    name: 'unit',
    description: 'rules, properties and parts, beside their sources',
    files: ['packages/{machinery,api,client,runtime,apiserver}/src/**/*.test.ts'],
    concurrency: 2,
  },
  {
    name: 'parts',
    description:
      'operator, scheduler, fleet, dashboard-server, cli and testing on the embedded server',
    files: [
      'packages/{operator,scheduler,fleet,dashboard-server,cli,testing,rehearsal}/src/**/*.test.ts',
      'test/together/**/*.test.ts',
    ],
    concurrency: 2,
  },
  {
    name: 'dashboard',
    description: 'the dashboard’s app: what decides, and its components in a simulated document',
    files: ['packages/dashboard/src/**/*.test.ts'],
    concurrency: 1,
    vitest: 'packages/dashboard',
  },
  {
    name: 'tidy',
    description: 'package borders, limits, generated files, docs and examples',
    files: ['tools/**/*.test.ts'],
    concurrency: 2,
  },
  {
    name: 'conformance',
    description: 'the conformance suite against the embedded server',
    files: ['test/conformance/embedded.test.ts'],
    concurrency: 1,
  },
  {
    name: 'controlplane',
    description:
      'the conformance suite against a real Kubernetes control plane (builds it: minutes)',
    files: ['test/conformance/controlplane.test.ts'],
    concurrency: 1,
  },
  {
    name: 'e2e',
    description: 'Sortie on real control planes of several versions, with faults (builds: minutes)',
    files: ['test/e2e/**/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'pods',
    description:
      'Sortie and its missions in real containers, by real kubelets (root; builds: minutes)',
    files: ['test/pods/**/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'fuzz',
    description:
      'random writes on the embedded server and a real one, compared step by step (minutes)',
    files: ['test/fuzz/**/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'kubectl',
    description: 'the real kubectl against the embedded server',
    files: ['test/kubectl/**/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'packaging',
    description:
      'kustomize, the chart with the real Helm (builds it: minutes), the alerts by promtool, the image',
    files: ['test/packaging/**/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'browser',
    description:
      'the dashboard in Chromium: pages and pictures of them, live data, actions, rights, faults',
    files: ['test/browser/*.test.ts'],
    // They wait as much as they work.
    concurrency: 2,
  },
  {
    name: 'figures',
    description: 'the dashboard in Chromium, measured: 10,000 tasks, 200 changes a second',
    files: ['test/browser/figures/*.test.ts'],
    concurrency: 1,
  },
  {
    name: 'sim',
    description: 'random missions under faults on a virtual clock, held against the invariants',
    files: ['test/sim/**/*.test.ts'],
    concurrency: 2,
  },
]

/** Suites that `npm test` runs without further words. */
export const DEFAULT_SUITES: readonly string[] = [
  'unit',
  'parts',
  'dashboard',
  'tidy',
  'conformance',
  'kubectl',
]

export function filesOf(suite: Suite, root: string): string[] {
  return suite.files
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => join(root, file))
    .sort()
}
