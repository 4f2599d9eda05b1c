/** Logs of the pods of a site: a few coloured lines, the same each time. */
import type { LogSource } from '@sortie/apiserver'

const LINES = ['starting', 'frame 1 sharp', '\u001b[33mframe 2 blurred\u001b[0m', 'frame 3 sharp']

/** Answers with the lines given and, where they are followed, leaves the log open. */
export function logsOf(lines: readonly string[] = LINES): LogSource {
  return ({ follow, timestamps, tailLines }) =>
    (sink) => {
      const shown = tailLines === undefined ? lines : lines.slice(-tailLines)
      const stamp = timestamps ? '2026-11-23T09:59:00.000000000Z ' : ''
      sink.onChunk(Buffer.from(shown.map((line) => `${stamp}${line}\n`).join('')))
      if (!follow) sink.onEnd()
      return { close() {} }
    }
}
