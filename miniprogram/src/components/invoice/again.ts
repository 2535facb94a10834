/** Looks again after a while, as long as the page is shown: for what goes on by itself. */
import { onHide, onShow, onUnload } from '@dcloudio/uni-app'

/**
 * `look` does the work and says after how many milliseconds to look again; undefined when there is no need. It runs at once
 * whenever the page comes to the front.
 */
export function useAgain(look: (looks: number) => Promise<number | undefined>): { now: () => Promise<void> } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let looks = 0
  let shown = false

  function stop(): void {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
  }

  async function now(): Promise<void> {
    stop()
    const after = await look(looks)
    looks += 1
    stop()
    if (shown && after !== undefined) timer = setTimeout(() => void now(), after)
  }

  onShow(() => {
    shown = true
    looks = 0
    void now()
  })
  onHide(() => {
    shown = false
    stop()
  })
  onUnload(() => {
    shown = false
    stop()
  })
  return { now }
}
