/** What a screen reader is told of the object that a page is about: changes of its phase, and never more than one in five seconds. */
import type { Clock, Instant, Timer } from '@sortie/machinery'
import { onScopeDispose, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { clock } from '../clock.ts'
import { useShell } from '../state/shell.ts'

const QUIET_MILLIS = 5_000

/** Says a text at once where nothing was said lately; else the newest of those that came meanwhile, once it is time. */
export class Announcer {
  private readonly clock: Clock
  private readonly say: (text: string) => void
  private last: Instant | undefined
  private waiting: string | undefined
  private timer: Timer | undefined

  constructor(clock: Clock, say: (text: string) => void) {
    this.clock = clock
    this.say = say
  }

  announce(text: string): void {
    this.waiting = text
    if (this.timer !== undefined) return
    const since = this.last === undefined ? QUIET_MILLIS : this.clock.monotonic() - this.last
    if (since >= QUIET_MILLIS) this.flush()
    else this.timer = this.clock.setTimer(QUIET_MILLIS - since, () => this.flush())
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
    this.waiting = undefined
  }

  private flush(): void {
    const text = this.waiting
    this.stop()
    if (text === undefined) return
    this.last = this.clock.monotonic()
    this.say(text)
  }
}

interface Followed {
  readonly uid: string
  readonly name: string
  readonly phase: string
}

/** Announces the changes of phase of what a page is about, for as long as the page lives. */
export function useAnnouncedPhase(followed: () => Followed | undefined): void {
  const shell = useShell()
  const { t } = useI18n()
  const announcer = new Announcer(clock, (text) => {
    shell.announcement = text
  })
  watch(followed, (now, before) => {
    if (now === undefined || now.uid !== before?.uid || now.phase === before.phase) return
    const phase = t(`common.phase.${now.phase}`)
    announcer.announce(t('shell.announced', { name: now.name, phase }))
  })
  onScopeDispose(() => announcer.stop())
}
