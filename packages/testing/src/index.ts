export * from './builders/nodes.ts'
export * from './cluster/cluster.ts'
export * from './cluster/requests.ts'
