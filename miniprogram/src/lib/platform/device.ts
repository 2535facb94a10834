/** The phone: its network, its colours, its letters, its edges; and short words on the screen. */

/** Whether this is the mini-program (and not a browser). */
export function isMiniProgram(): boolean {
  let mini = false
  // #ifdef MP-WEIXIN
  mini = true
  // #endif
  return mini
}

/** Tells whether there is a network, now and at each change. */
export function watchNetwork(tell: (online: boolean) => void): void {
  uni.getNetworkType({ success: (found) => tell(found.networkType !== 'none') })
  uni.onNetworkStatusChange((change) => tell(change.isConnected))
}

/** Tells whether the system is dark, now and at each change. */
export function watchDark(tell: (dark: boolean) => void): void {
  // #ifdef H5
  const query = window.matchMedia('(prefers-color-scheme: dark)')
  tell(query.matches)
  query.addEventListener('change', (event) => tell(event.matches))
  // #endif
  // #ifdef MP-WEIXIN
  tell(uni.getAppBaseInfo().theme === 'dark')
  uni.onThemeChange((change) => tell(change.theme === 'dark'))
  // #endif
}

/** How much larger than usual the system's letters are: 1 is usual. */
export function letterScale(): number {
  let size = 16
  // #ifdef H5
  const probe = document.createElement('div')
  probe.style.cssText = 'position:absolute;visibility:hidden;font-size:medium'
  document.body.append(probe)
  size = Number.parseFloat(getComputedStyle(probe).fontSize)
  probe.remove()
  // #endif
  // #ifdef MP-WEIXIN
  size = (uni.getAppBaseInfo() as { fontSizeSetting?: number }).fontSizeSetting ?? 16
  // #endif
  return Number.isFinite(size) && size > 0 ? size / 16 : 1
}

/** Space at the top for the status bar, and at its right for the mini-program's own button, in px. */
export function topEdge(): { top: number; right: number } {
  const edge = { top: 0, right: 0 }
  // #ifdef MP-WEIXIN
  const info = uni.getWindowInfo()
  const button = uni.getMenuButtonBoundingClientRect()
  edge.top = info.statusBarHeight ?? 0
  edge.right = Math.max(0, info.windowWidth - button.left)
  // #endif
  return edge
}

/** The language that the phone speaks: `zh` or `en`. */
export function systemLanguage(): 'zh' | 'en' {
  const language = uni.getAppBaseInfo().language ?? 'zh'
  return language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Says something in passing; never the only place where it is said. */
export function toast(text: string): void {
  uni.showToast({ title: text, icon: 'none', duration: 2500 })
}

/** Puts a text where it can be pasted. */
export function copy(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    uni.setClipboardData({ data: text, showToast: false, success: () => resolve(true), fail: () => resolve(false) })
  })
}

/** Marks the whole document: language and colours for what lies outside the pages. */
export function markDocument(language: string, classes: readonly string[]): void {
  // #ifdef H5
  document.documentElement.lang = language
  document.documentElement.className = classes.join(' ')
  // #endif
}

/** The version of the app. */
export function appVersion(): string {
  return uni.getAppBaseInfo().appVersion ?? ''
}
