export { type FuzzServers, fuzz } from './fuzzer.ts'
