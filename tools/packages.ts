/** The packages and what each may import: the table of docs/design/architecture, as data. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  machinery: [],
  api: ['machinery'],
  client: ['machinery'],
  runtime: ['machinery', 'client'],
  apiserver: ['machinery'],
  operator: ['machinery', 'api', 'client', 'runtime'],
  scheduler: ['machinery', 'api', 'client', 'runtime'],
  fleet: ['machinery', 'api', 'client', 'runtime'],
  rehearsal: [
    'machinery',
    'api',
    'client',
    'runtime',
    'apiserver',
    'operator',
    'scheduler',
    'fleet',
  ],
  'dashboard-server': ['machinery', 'api', 'client'],
  dashboard: ['machinery', 'api'],
  cli: [
    'machinery',
    'api',
    'client',
    'runtime',
    'apiserver',
    'operator',
    'scheduler',
    'fleet',
    'rehearsal',
    'dashboard-server',
  ],
  testing: ['machinery', 'api', 'client', 'runtime', 'apiserver'],
}

/** Packages that run in a browser too: nothing of Node in their sources. */
export const BROWSER_PACKAGES: readonly string[] = ['machinery', 'api']
