/** The machine's logger: pino's JSON lines on standard error. */
import type { Logger } from '@sortie/machinery'
import { destination, type Logger as PinoLogger, pino } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export function createLogger(options: { readonly level: LogLevel }): Logger {
  return wrap(pino({ level: options.level, base: null }, destination({ fd: 2, sync: true })))
}

function wrap(logger: PinoLogger): Logger {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    with: (fields) => wrap(logger.child(fields)),
  }
}
