/** Who is signed in, and to what. */
import { type SessionInfo, SIGN_IN_BY_LINK } from '@sortie/api'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { forgetAccess } from '../api/access.ts'
import { RequestError, request } from '../api/request.ts'
import { stream } from '../stream/stream.ts'
import { useShell } from './shell.ts'

/** Whether the server answered that nobody is signed in. */
function saysOver(error: unknown): boolean {
  return error instanceof RequestError && error.status === 401
}

export const useSession = defineStore('session', () => {
  const info = shallowRef<SessionInfo>()
  const state = ref<'asking' | 'signedIn' | 'signedOut' | 'unreachable'>('asking')
  const problem = ref('')
  /** Where nobody is signed in: a link lets people in, and no token. */
  const isByLink = ref(false)

  /** Asks who is signed in, and opens the stream where somebody is. */
  async function resume(): Promise<void> {
    try {
      info.value = await request<SessionInfo>('/api/session')
      state.value = 'signedIn'
      stream.start()
    } catch (error) {
      state.value = saysOver(error) ? 'signedOut' : 'unreachable'
      isByLink.value = error instanceof RequestError && error.reason === SIGN_IN_BY_LINK
      problem.value = error instanceof Error ? error.message : String(error)
    }
  }

  /** The token goes to the server once and is kept there alone. @throws RequestError where it is refused */
  async function signIn(token: string): Promise<void> {
    await request('/api/session', { method: 'POST', body: { token } })
    forgetAccess()
    await resume()
  }

  /** @throws RequestError where the server was not reached or refused: the session goes on */
  async function signOut(): Promise<void> {
    try {
      await request('/api/session', { method: 'DELETE', body: {} })
    } catch (error) {
      if (!saysOver(error)) throw error
    }
    await expire()
  }

  /** The session is over: nothing of it is left, and it is asked how one signs in. */
  async function expire(): Promise<void> {
    stream.stop()
    stream.forget()
    forgetAccess()
    useShell().forget()
    info.value = undefined
    state.value = 'asking'
    await resume()
  }

  /** The stream was lost, perhaps because the session is over: a stream that is refused does not say why. */
  async function check(): Promise<void> {
    try {
      await request('/api/session')
    } catch (error) {
      if (saysOver(error) && state.value === 'signedIn') await expire()
    }
  }

  return { info, state, problem, isByLink, resume, signIn, signOut, expire, check }
})
