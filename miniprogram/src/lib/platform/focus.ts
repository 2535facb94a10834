/** Where the keyboard is: into what opens over the page and back; to a page's name when it is new. H5 only; the mini-program has none. */
import { getCurrentInstance, nextTick, onActivated, onBeforeUnmount, onMounted, watch, type WatchSource } from 'vue'

// #ifdef H5
const FOCUSABLE = 'a[href], button, input, textarea, [tabindex]:not([tabindex="-1"])'

function elementOf(instance: ReturnType<typeof getCurrentInstance>): HTMLElement | undefined {
  const element: unknown = instance?.proxy?.$el
  return element instanceof HTMLElement ? element : undefined
}

function focusables(inside: HTMLElement): HTMLElement[] {
  return Array.from(inside.querySelectorAll<HTMLElement>(FOCUSABLE)).filter((element) => element.offsetParent !== null || element.getClientRects().length > 0)
}
// #endif

/**
 * While `open` holds, the keyboard stays inside this component; afterwards it is where it was. It begins at what is
 * marked `data-focus="first"`, else at what is marked `data-focus`.
 */
export function useModalFocus(open: WatchSource<boolean>): void {
  // #ifdef H5
  const instance = getCurrentInstance()
  let before: HTMLElement | undefined

  const keepInside = (event: KeyboardEvent) => {
    const inside = elementOf(instance)
    if (event.key !== 'Tab' || !inside) return
    const stops = focusables(inside)
    const first = stops[0]
    const last = stops[stops.length - 1]
    const out = !inside.contains(document.activeElement)
    if (event.shiftKey && (out || document.activeElement === first)) {
      event.preventDefault()
      last?.focus()
    } else if (!event.shiftKey && (out || document.activeElement === last)) {
      event.preventDefault()
      first?.focus()
    }
  }
  const enter = async () => {
    before = document.activeElement instanceof HTMLElement ? document.activeElement : undefined
    document.addEventListener('keydown', keepInside, true)
    await nextTick()
    const inside = elementOf(instance)
    const begin = inside?.querySelector<HTMLElement>('[data-focus="first"]') ?? inside?.querySelector<HTMLElement>('[data-focus]')
    begin?.focus()
  }
  const leave = () => {
    document.removeEventListener('keydown', keepInside, true)
    before?.focus()
    before = undefined
  }
  watch(open, (now, was) => {
    if (now) void enter()
    else if (was) leave()
  }, { immediate: true, flush: 'post' })
  onBeforeUnmount(() => document.removeEventListener('keydown', keepInside, true))
  // #endif
}

// #ifdef H5
let pagesShown = 0
// #endif

/**
 * A page that comes by navigation is announced: its name gets the focus. The first page is announced by the browser.
 * A page that is come back to has the keyboard where it was left; not in a field, which would bring up the phone's own keyboard.
 */
export function usePageFocus(): void {
  // #ifdef H5
  const instance = getCurrentInstance()
  let left: HTMLElement | undefined
  onMounted(() => {
    pagesShown += 1
    const page = elementOf(instance)
    page?.addEventListener('focusin', ({ target }) => {
      if (target instanceof HTMLElement) left = target.matches('input, textarea') ? undefined : target
    })
    if (pagesShown > 1) page?.querySelector<HTMLElement>('[data-page-name]')?.focus({ preventScroll: true })
  })
  onActivated(() => left?.isConnected && left.focus({ preventScroll: true }))
  // #endif
}

/**
 * What has the keyboard may go with what changes (the provinces give way to letters); this component has it then, and
 * not the page. Its own element takes it: `tabindex="-1"`.
 */
export function useKeptFocus(changing: WatchSource<unknown>): void {
  // #ifdef H5
  const instance = getCurrentInstance()
  const has = () => elementOf(instance)?.contains(document.activeElement) ?? false
  let had = false
  watch(changing, () => (had = has()), { flush: 'pre' })
  watch(changing, () => had && !has() && elementOf(instance)?.focus({ preventScroll: true }), { flush: 'post' })
  // #endif
}

/** uni-app's field is a field inside a frame: name and state belong to the inner one. */
export function useInnerField(name: () => string, state: () => Record<string, string | undefined>): void {
  // #ifdef H5
  const instance = getCurrentInstance()
  const put = () => {
    const inner = elementOf(instance)?.querySelector('input, textarea')
    if (!inner) return
    for (const [key, value] of Object.entries({ 'aria-label': name(), ...state() })) {
      if (value === undefined) inner.removeAttribute(key)
      else inner.setAttribute(key, value)
    }
  }
  onMounted(put)
  watch([name, state], put, { flush: 'post' })
  // #endif
}
