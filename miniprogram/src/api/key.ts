/** Keys that make a command safe to repeat. */

/** A random UUID (version 4). The mini-program has no `crypto`: there chance comes from `Math.random`. */
export function newKey(): string {
  const bytes = new Uint8Array(16)
  const source = (globalThis as { crypto?: { getRandomValues?: (into: Uint8Array) => void } }).crypto
  if (source?.getRandomValues) source.getRandomValues(bytes)
  else for (let at = 0; at < 16; at += 1) bytes[at] = Math.floor(Math.random() * 256)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
