/** Where a server is not held to a case, and why. The judge is Kubernetes: these are the known differences of the embedded one. */
import type { ConformanceCase } from '../case.ts'

const EMBEDDED: Readonly<Record<string, string>> = {
  'items come by name and without kind and apiVersion of their own':
    'items say what they are: their JSON is made once for lists and watches alike',
  'a version of before the kind was defined is Expired':
    'its history begins with the server, so it knows that nothing of the kind happened before',
  'a changed schema holds for the objects that are there':
    'objects get defaults when they are written, not again when they are read',
}

/** The cases, with the reasons where one is skipped. @throws Error for a reason without a case */
export function withDifferences(cases: readonly ConformanceCase[]): ConformanceCase[] {
  const unused = new Set(Object.keys(EMBEDDED))
  const marked = cases.map((one) => {
    const embedded = EMBEDDED[one.name]
    unused.delete(one.name)
    return embedded === undefined ? one : { ...one, skip: { ...one.skip, embedded } }
  })
  if (unused.size > 0) throw new Error(`no case is named ${[...unused].join(', ')}`)
  return marked
}
