/** Text as bytes, where the phone has no `TextEncoder` (the mini-program). */

/** UTF-8. */
export function utf8(text: string): ArrayBuffer {
  const escaped = encodeURIComponent(text)
  const bytes: number[] = []
  for (let at = 0; at < escaped.length; at += 1) {
    if (escaped[at] === '%') {
      bytes.push(Number.parseInt(escaped.slice(at + 1, at + 3), 16))
      at += 2
    } else bytes.push(escaped.charCodeAt(at))
  }
  return new Uint8Array(bytes).buffer
}
