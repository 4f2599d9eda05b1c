/** Who is signed in, and to what. */
import type { SessionInfo } from '@sortie/api'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { forgetAccess } from '../api/access.ts'
import { RequestError, request } from '../api/request.ts'
import { stream } from '../stream/stream.ts'

export const useSession = defineStore('session', () => {
  const info = shallowRef<SessionInfo>()
  const state = ref<'asking' | 'signedIn' | 'signedOut' | 'unreachable'>('asking')
  const problem = ref('')

  /** Asks who is signed in, and opens the stream where somebody is. */
  async function resume(): Promise<void> {
    try {
      info.value = await request<SessionInfo>('/api/session')
      state.value = 'signedIn'
      stream.start()
    } catch (error) {
      const status = error instanceof RequestError ? error.status : 0
      state.value = status === 401 ? 'signedOut' : 'unreachable'
      problem.value = error instanceof Error ? error.message : String(error)
    }
  }

  /** The token goes to the server once and is kept there alone. @throws RequestError where it is refused */
  async function signIn(token: string): Promise<void> {
    await request('/api/session', { method: 'POST', body: { token } })
    forgetAccess()
    await resume()
  }

  async function signOut(): Promise<void> {
    await request('/api/session', { method: 'DELETE', body: {} })
    expire()
  }

  /** The server has ended the session. */
  function expire(): void {
    stream.stop()
    stream.forget()
    forgetAccess()
    info.value = undefined
    state.value = 'signedOut'
  }

  /** The stream was lost, perhaps because the session is over: a stream that is refused does not say why. */
  async function check(): Promise<void> {
    try {
      await request('/api/session')
    } catch (error) {
      const isOver = error instanceof RequestError && error.status === 401
      if (isOver && state.value === 'signedIn') expire()
    }
  }

  return { info, state, problem, resume, signIn, signOut, expire, check }
})
