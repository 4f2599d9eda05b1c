/** What a person takes along by the clipboard. */
import { useI18n } from 'vue-i18n'
import { useShell } from '../state/shell.ts'

/** Copies a text and says whether it was: browsers have no clipboard for pages that came unencrypted, or whose person said no. */
export function useCopy(): (text: string) => Promise<void> {
  const shell = useShell()
  const { t } = useI18n()
  return async (text) => {
    try {
      await navigator.clipboard.writeText(text)
      shell.say(t('common.copied'))
    } catch {
      shell.say(t('common.notCopied'), 'bad')
    }
  }
}
