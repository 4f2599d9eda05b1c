export * from './amounts.ts'
export * from './nodeaffinity.ts'
export * from './taints.ts'
