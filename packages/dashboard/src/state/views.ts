/** Saved views as a file. Pure. */
import type { SavedView } from './preferences.ts'

export function writeViews(views: readonly SavedView[]): string {
  return `${JSON.stringify({ views }, null, 2)}\n`
}

/** Undefined where the text is none of ours. */
export function readViews(text: string): readonly SavedView[] | undefined {
  try {
    const { views } = JSON.parse(text) as { views?: unknown }
    if (!Array.isArray(views)) return undefined
    const read = views.filter(isView)
    return read.length === views.length ? read : undefined
  } catch {
    return undefined
  }
}

function isView(value: unknown): value is SavedView {
  const view = value as Partial<Record<keyof SavedView, unknown>> | null
  return (
    typeof view?.name === 'string' &&
    typeof view.page === 'string' &&
    typeof view.filter === 'string'
  )
}

/** Those of the file win over those of the same page and name. */
export function mergeViews(
  held: readonly SavedView[],
  added: readonly SavedView[],
): readonly SavedView[] {
  const isAdded = (view: SavedView): boolean =>
    added.some((one) => one.page === view.page && one.name === view.name)
  return [...held.filter((view) => !isAdded(view)), ...added]
}
