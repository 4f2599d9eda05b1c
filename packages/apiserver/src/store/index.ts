export type { HistoryLimits } from './history.ts'
export * from './object.ts'
export * from './store.ts'
export { comparePlaces } from './table.ts'
