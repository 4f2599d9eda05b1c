export * from './evidence.ts'
export * from './finding.ts'
