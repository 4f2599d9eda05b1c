/** Keys that work everywhere, unless something is being typed: a registry that the list under `?` is made from. */
import { onScopeDispose } from 'vue'

export interface KeyBinding {
  /** `g m` is g and then m. */
  readonly keys: string
  /** Key of the text that says what it does. */
  readonly text: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly run: () => void
}

const bindings = new Set<KeyBinding>()
let pending = ''

/** Those that work now, in the order in which they came. */
export function currentBindings(): readonly KeyBinding[] {
  return [...bindings]
}

/** Adds keys for as long as the component lives. */
export function useKeys(added: readonly KeyBinding[]): void {
  for (const binding of added) bindings.add(binding)
  onScopeDispose(() => {
    for (const binding of added) bindings.delete(binding)
  })
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.matches('input, textarea, select, [role="textbox"]')
}

/**
 * Acts on a key: true where it was one of ours. Of two bindings of the same keys the later one wins. Without `letters` only
 * Ctrl+K and Escape are left.
 */
export function pressKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>,
  letters = true,
): boolean {
  if (event.altKey) return false
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') return runKeys('Ctrl+K')
  if (event.ctrlKey || event.metaKey || isTyping(event.target)) return false
  if (!letters && event.key !== 'Escape') return false
  const sequence = pending === '' ? event.key : `${pending} ${event.key}`
  pending = ''
  if (runKeys(sequence)) return true
  const isPrefix = [...bindings].some((binding) => binding.keys.startsWith(`${sequence} `))
  if (isPrefix) pending = sequence
  return isPrefix
}

function runKeys(keys: string): boolean {
  const found = [...bindings].filter((binding) => binding.keys === keys).at(-1)
  found?.run()
  return found !== undefined
}
