export { type Environment, EXIT, type ExitStatus, type Output } from './environment.ts'
export * from './installation/index.ts'
export { runProgram } from './program.ts'
