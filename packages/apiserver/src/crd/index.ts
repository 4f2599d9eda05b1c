export * from './jsonpath.ts'
