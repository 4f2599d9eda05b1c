export {
  describeFuzzFailure,
  type FuzzFailure,
  type FuzzOptions,
  type FuzzResult,
  type FuzzServers,
  fuzz,
} from './fuzzer.ts'
