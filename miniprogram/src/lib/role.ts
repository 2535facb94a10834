/** What is tapped and is no native button: its role in the mini-program. Its keys are heard in `platform/keyboard`. */
import { isMiniProgram } from './platform/device'

/** The role of an element where WeChat reads it: under a name that is no attribute of the web. */
export function wxRole(role: string | undefined): string | undefined {
  return isMiniProgram() ? role : undefined
}
