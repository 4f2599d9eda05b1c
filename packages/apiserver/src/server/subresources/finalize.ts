/** namespaces/finalize: writes spec.finalizers, which keep a deleted namespace. */
import { notFound } from '../../registry/failures.ts'
import { untracked } from '../../registry/fieldtracker.ts'
import { updateObject } from '../../registry/update.ts'
import { parseWriteQuery } from '../../request/query.ts'
import { objectOf } from '../../resources/pods/fields.ts'
import { type Answer, answerWith } from '../answer.ts'
import { type Call, placeOfCall, writeContext } from '../call.ts'
import { readObject } from '../incoming.ts'

export function finalizeNamespace(call: Call): Answer {
  const { definition, presenter } = call
  const place = placeOfCall(call)
  const options = parseWriteQuery(call.query, 'UpdateOptions')
  const { finalizers = [] } = objectOf(readObject(call), 'spec')
  const { prepareUpdate: _, ...strategy } = definition.strategy
  const { object } = updateObject(
    {
      definition: { ...definition, strategy },
      place,
      subresource: 'finalize',
      change: (current) => {
        if (current === undefined) throw notFound(definition, place.name)
        return { ...current, spec: { ...objectOf(current, 'spec'), finalizers } }
      },
      createsMissing: false,
      unconditional: true,
      tracker: untracked,
    },
    writeContext(call, options),
  )
  return answerWith(200, presenter.object(object))
}
