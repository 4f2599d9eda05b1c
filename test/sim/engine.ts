/**
 * How a process of rehearsals runs: much code, and little of it often. Stacks of errors, which faults make by the thousand, are
 * written down only for `--trace`.
 */
import { setFlagsFromString } from 'node:v8'

setFlagsFromString('--always-sparkplug')
if (!process.argv.includes('--trace')) Error.stackTraceLimit = 0
