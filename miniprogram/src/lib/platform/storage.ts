/** What outlives the app: small JSON values by name. A full or forbidden store loses them, never the app. */

/** The value kept under a name, or undefined. */
export function readStored<T>(name: string): T | undefined {
  try {
    const text: unknown = uni.getStorageSync(name)
    return typeof text === 'string' && text !== '' ? (JSON.parse(text) as T) : undefined
  } catch {
    return undefined
  }
}

/** Keeps a value; false if it could not. */
export function store(name: string, value: unknown): boolean {
  try {
    uni.setStorageSync(name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

/** Forgets a value. */
export function forget(name: string): void {
  try {
    uni.removeStorageSync(name)
  } catch {
    // Nothing was kept then.
  }
}

/** Tells when another window of the same browser changed a value; the mini-program has one window. */
export function onStoredElsewhere(name: string, changed: () => void): void {
  // #ifdef H5
  window.addEventListener('storage', (event) => {
    if (event.key === name || event.key === null) changed()
  })
  // #endif
}
