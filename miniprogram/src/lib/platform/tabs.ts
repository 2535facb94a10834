/** H5 only: uni-app's tab bar has neither roles nor a place in the order of the keyboard; it gets them here. */

/** Watches for the tab bar (it comes and goes with the pages) and makes it one for everybody. */
export function openTabsToAll(): void {
  const mend = () => document.querySelectorAll<HTMLElement>('uni-tabbar').forEach(mendBar)
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['style'] })
  mend()
}

function mendBar(bar: HTMLElement): void {
  set(bar, 'role', 'navigation')
  set(bar, 'aria-label', document.documentElement.lang === 'en' ? 'Main' : '主导航')
  bar.querySelectorAll('img').forEach((icon) => set(icon, 'alt', ''))
  bar.querySelectorAll<HTMLElement>('.uni-tabbar__item').forEach((item) => {
    const label = item.querySelector('.uni-tabbar__label')
    set(item, 'role', 'link')
    set(item, 'tabindex', '0')
    set(item, 'aria-label', label?.textContent ?? '')
    const on = label instanceof HTMLElement && label.style.color === selectedColour(bar)
    if (on) set(item, 'aria-current', 'page')
    else item.removeAttribute('aria-current')
  })
}

/** The colour that only one label has is that of the page shown. */
function selectedColour(bar: HTMLElement): string | undefined {
  const colours = Array.from(bar.querySelectorAll<HTMLElement>('.uni-tabbar__label'), (label) => label.style.color)
  return colours.find((colour) => colours.filter((other) => other === colour).length === 1)
}

function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
