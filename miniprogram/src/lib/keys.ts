/** What is tapped and is no native button: its keys, and its role in the mini-program. */
import { isMiniProgram } from './platform/device'

/** Whether Enter or Space was pressed on an element; the browser does nothing else with it then. */
export function isPress(event: unknown): boolean {
  const key = event as Partial<KeyboardEvent>
  if (key.key !== 'Enter' && key.key !== ' ') return false
  key.preventDefault?.()
  key.stopPropagation?.()
  return true
}

/** The role of an element where WeChat reads it: under a name that is no attribute of the web. */
export function wxRole(role: string | undefined): string | undefined {
  return isMiniProgram() ? role : undefined
}
