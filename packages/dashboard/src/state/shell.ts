/** What of the frame is open. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'good' | 'bad'
}

export const useShell = defineStore('shell', () => {
  const palette = ref(false)
  const help = ref(false)
  const menu = ref(false)
  /** What a screen reader is told next. */
  const announcement = ref('')
  const toasts = ref<readonly Toast[]>([])
  let next = 1

  /** A short word at the edge: read by screen readers, closed by the person. */
  function say(text: string, tone: Toast['tone'] = 'good'): void {
    toasts.value = [...toasts.value.slice(-3), { id: next++, text, tone }]
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  /** Closes and unsays everything: whoever comes next may not see what the last person saw. */
  function forget(): void {
    palette.value = help.value = menu.value = false
    announcement.value = ''
    toasts.value = []
  }

  return { palette, help, menu, announcement, toasts, say, dismiss, forget }
})
