/** The machine's logger: pino's JSON lines on standard error. */
import type { LogFields, Logger } from '@sortie/machinery'
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

/** Further fields of a line, by the controller that logs it and the key of the object that it is about. */
export type KeyFields = (controller: string, key: string) => LogFields

/**
 * A logger whose lines about an object (`controller` bound, `key` in the fields) say which mission, stage and task it is, so that
 * one search finds all that happened to a mission.
 */
export function withKeyFields(log: Logger, fieldsOf: KeyFields, controller?: string): Logger {
  const add = (fields: LogFields = {}): LogFields => {
    const { key } = fields
    if (controller === undefined || typeof key !== 'string') return fields
    return { ...fields, ...fieldsOf(controller, key) }
  }
  return {
    debug: (message, fields) => log.debug(message, add(fields)),
    info: (message, fields) => log.info(message, add(fields)),
    warn: (message, fields) => log.warn(message, add(fields)),
    error: (message, fields) => log.error(message, add(fields)),
    with(fields) {
      const bound = typeof fields['controller'] === 'string' ? fields['controller'] : controller
      return withKeyFields(log.with(fields), fieldsOf, bound)
    },
  }
}
