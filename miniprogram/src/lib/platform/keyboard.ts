/**
 * H5 only: whatever is tapped and is no native control answers to the keyboard, by its role alone.
 *
 * Enter and Space tap it; arrows go through the radios of a group. Components say a role and listen to the tap, and
 * hear no keys of their own: a page that forgets them cannot exist. The mini-program has no keyboard.
 */

/** Roles that promise to be pressed. */
const PRESSED = new Set(['button', 'link', 'tab', 'checkbox', 'radio', 'switch', 'menuitem', 'option'])
const NATIVE = 'a[href], button, input, textarea, select, summary'
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** From now on, for everything that is or will be in the document. */
export function openKeysToAll(): void {
  document.addEventListener('keydown', hear)
}

function hear(event: KeyboardEvent): void {
  const { target } = event
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (!(target instanceof HTMLElement) || target.matches(NATIVE)) return
  const role = target.getAttribute('role') ?? ''
  if (!PRESSED.has(role)) return
  if (event.key === 'Enter' || event.key === ' ') press(event, target)
  else if (role === 'radio') step(event, target)
}

/** The page must not scroll by Space, and a key that is held is pressed once. */
function press(event: KeyboardEvent, target: HTMLElement): void {
  event.preventDefault()
  if (!event.repeat) target.click()
}

/** To the next radio of the group, which is chosen by getting the keyboard. */
function step(event: KeyboardEvent, from: HTMLElement): void {
  const by = STEPS[event.key]
  const radios = Array.from(from.closest('[role="radiogroup"]')?.querySelectorAll<HTMLElement>('[role="radio"]') ?? [])
  const at = radios.indexOf(from)
  if (by === undefined || at < 0) return
  event.preventDefault()
  const next = radios[(at + by + radios.length) % radios.length]
  next?.focus()
  next?.click()
}
