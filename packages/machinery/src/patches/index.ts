export * from './jsonpatch.ts'
export * from './mergepatch.ts'
