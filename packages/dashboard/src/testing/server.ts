/** For tests: the dashboard's server, as far as requests go. */
import { vi } from 'vitest'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
}

/** Answers every request by `answer`, and keeps what was asked; questions of access are answered by `may`. */
export function serve(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  may: (verb: string, namespace?: string) => boolean = () => true,
): readonly Asked[] {
  const all: Asked[] = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const asked: Asked = {
      method: init.method ?? 'GET',
      path,
      headers: init.headers as Record<string, string>,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    }
    if (path === '/api/access') {
      const questions = asked.body as readonly {
        readonly verb: string
        readonly namespace?: string
      }[]
      return reply({
        body: questions.map(({ verb, namespace }) => ({ allowed: may(verb, namespace) })),
      })
    }
    all.push(asked)
    return reply(await answer(asked))
  })
  return all
}

function reply({ status = 200, body = {} }: Answer): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), { status })
}
