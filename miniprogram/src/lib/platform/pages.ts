/** Going from page to page. A tab is switched to, another page is opened over it. */

const TABS = ['/pages/find/index', '/pages/park/index', '/pages/me/index']

export type Query = Record<string, string | number | boolean | undefined>

/** The address of a page with its query; what is undefined is left out. */
export function address(page: string, query: Query = {}): string {
  const parts = Object.entries(query)
    .filter((pair): pair is [string, string | number | boolean] => pair[1] !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return parts.length > 0 ? `${page}?${parts.join('&')}` : page
}

/** Opens a page, or switches to it if it is a tab (which takes no query). */
export function open(page: string, query: Query = {}): void {
  if (TABS.includes(page)) uni.switchTab({ url: page })
  else uni.navigateTo({ url: address(page, query), fail: () => uni.redirectTo({ url: address(page, query) }) })
}

/** Opens a page in the place of this one. */
export function replace(page: string, query: Query = {}): void {
  if (TABS.includes(page)) uni.switchTab({ url: page })
  else uni.redirectTo({ url: address(page, query) })
}

/** Back to the page below, or to the first tab when there is none. */
export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else uni.switchTab({ url: TABS[0] ?? '/' })
}

/** Whether there is a page below. */
export function canGoBack(): boolean {
  return getCurrentPages().length > 1
}

/** The page shown now, as `/pages/…`, with its query. */
export function here(): { page: string; query: Record<string, string> } {
  const pages = getCurrentPages()
  const top = pages[pages.length - 1] as { route?: string; options?: Record<string, string> } | undefined
  return { page: `/${top?.route ?? ''}`, query: top?.options ?? {} }
}

/** Names the tabs in the language of now. */
export function nameTabs(texts: readonly string[]): void {
  texts.forEach((text, index) => uni.setTabBarItem({ index, text, fail: () => undefined }))
}

/** Colours the tab bar, which lies outside the pages. */
export function colourTabs(colours: { color: string; selectedColor: string; backgroundColor: string }): void {
  uni.setTabBarStyle({ ...colours, borderStyle: 'white', fail: () => undefined } as UniApp.SetTabBarStyleOptions)
}

/** The name in the browser's tab. */
export function nameWindow(title: string): void {
  // #ifdef H5
  document.title = title
  // #endif
}
