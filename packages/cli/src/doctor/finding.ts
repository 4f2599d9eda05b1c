/** One line of the doctor's report. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail'
  /** What was looked at: `CRDs`. */
  readonly subject: string
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}

export function ok(subject: string, message: string): Finding {
  return { level: 'ok', subject, message }
}

export function warn(subject: string, message: string, remedy: string): Finding {
  return { level: 'warn', subject, message, remedy }
}

export function fail(subject: string, message: string, remedy: string): Finding {
  return { level: 'fail', subject, message, remedy }
}
