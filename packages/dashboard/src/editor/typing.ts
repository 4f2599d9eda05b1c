/** What a person types over a selection. */
import { EditorView } from '@codemirror/view'

/**
 * Replaces the selection in the editor's own way. Chromium would do it by an element that keeps the colours of what was selected in
 * a style attribute, which the content security policy refuses. What comes through an input method is left to the browser.
 */
export const typedOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { inputType, data, isComposing } = event
    const { state } = view
    if (inputType !== 'insertText' || data === null || isComposing) return false
    if (state.selection.main.empty || state.readOnly) return false
    event.preventDefault()
    view.dispatch(state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    return true
  },
})
