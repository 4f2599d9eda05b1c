/** The conformance suite against the embedded API server. */
import { after } from 'node:test'
import { declareConformance, openEmbeddedServer } from '@sortie/testing'
import { declareBadInputs } from './badinputs.ts'

const opened = openEmbeddedServer()
after(async () => (await opened).close())
declareConformance('embedded', () => opened)
declareBadInputs(() => opened)
