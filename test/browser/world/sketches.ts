/** What objects are made from: as much of a mission or an event as a page can show. */
import type { Phase } from '@sortie/api'

export type Fields = Readonly<Record<string, unknown>>

export interface TaskSketch {
  readonly name: string
  readonly phase: Phase
  readonly node?: string
  readonly message?: string
  /** Waits for its next attempt: seconds from now. */
  readonly retryIn?: number
  readonly retries?: number
  readonly weapons?: readonly string[]
  readonly role?: string
  readonly type?: string
  readonly conditions?: readonly Fields[]
}

export interface StageSketch {
  readonly name: string
  readonly phase: Phase
  readonly dependsOn?: readonly string[]
  readonly gates?: readonly string[]
  readonly timeout?: string
  readonly message?: string
  readonly gang?: true
  /** Seconds before now. */
  readonly started?: number
  readonly ended?: number
  readonly tasks: readonly TaskSketch[]
}

export interface MissionSketch {
  readonly name: string
  readonly namespace?: string
  readonly title?: string
  readonly type?: 'isr' | 'strike' | 'patrol' | 'escort'
  readonly priority?: string
  readonly phase: Phase
  readonly message?: string
  /** Seconds before now. */
  readonly created: number
  readonly started?: number
  readonly ended?: number
  readonly suspended?: true
  readonly drift?: true
  readonly stages: readonly StageSketch[]
}

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface EventSketch {
  readonly namespace?: string
  readonly kind: string
  readonly name: string
  readonly reason: string
  readonly message: string
  readonly warning?: true
  readonly count?: number
  /** Seconds before now. */
  readonly ago: number
}
