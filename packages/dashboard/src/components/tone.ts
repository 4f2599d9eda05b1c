/** Which of the seven tones a phase, reason or severity has: each is a colour and a shape. */
export type Tone =
  | 'pending'
  | 'scheduled'
  | 'running'
  | 'succeeded'
  | 'retrying'
  | 'failed'
  | 'cancelled'

const TONES: Readonly<Record<string, Tone>> = {
  Pending: 'pending',
  Scheduled: 'scheduled',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Cancelled: 'cancelled',
  Retrying: 'retrying',
  Available: 'succeeded',
  Updating: 'retrying',
  Deprecated: 'cancelled',
  Unknown: 'pending',
  Normal: 'scheduled',
  Warning: 'retrying',
  ready: 'succeeded',
  busy: 'running',
  maintenance: 'retrying',
  offline: 'failed',
}

/** `pending` for what is not known. */
export function toneOf(phase: string): Tone {
  return TONES[phase] ?? 'pending'
}
