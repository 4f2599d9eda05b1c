/** Everything that is no resource: versions, health, discovery, OpenAPI. */
import type { ApiRequest } from '@sortie/machinery'
import { type Answer, answerWith } from '../server/answer.ts'
import type { ServerParts } from '../server/parts.ts'

export function answerDocument(parts: ServerParts, request: ApiRequest): Answer | undefined {
  switch (request.path) {
    case '/version':
      return answerWith(200, { major: '1', minor: '33', gitVersion: parts.version })
    case '/healthz':
    case '/livez':
    case '/readyz':
      return answerWith(200, 'ok', { 'content-type': 'text/plain; charset=utf-8' })
    default:
      return undefined
  }
}
