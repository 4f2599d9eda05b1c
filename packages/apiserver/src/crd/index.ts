export * from './definition.ts'
export * from './jsonpath.ts'
export { parseCrd } from './parse.ts'
