/** Server-sent events out of a stream of bytes, as the HTML standard describes them. */

export interface StreamEvent {
  /** `message` if the server named none. */
  name: string
  data: string
}

/** Takes text as it comes and gives whole events. */
export class EventReader {
  private rest = ''

  /** The events that a further piece of text completes. */
  take(piece: string): StreamEvent[] {
    this.rest += piece
    // A CR at the end may be half of a CRLF.
    const held = this.rest.endsWith('\r') ? '\r' : ''
    const blocks = this.rest.slice(0, this.rest.length - held.length).replace(/\r\n?/g, '\n').split('\n\n')
    this.rest = (blocks.pop() ?? '') + held
    return blocks.map(eventOf).filter((event): event is StreamEvent => event !== undefined)
  }
}

function eventOf(block: string): StreamEvent | undefined {
  let name = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    const field = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  return data.length > 0 ? { name, data: data.join('\n') } : undefined
}

/** Bytes to text, across pieces that cut a letter in two (UTF-8). The mini-program has no `TextDecoder`. */
export class Utf8Reader {
  private rest: number[] = []

  take(bytes: Uint8Array): string {
    const all = [...this.rest, ...bytes]
    let text = ''
    let at = 0
    while (at < all.length) {
      const first = all[at] ?? 0
      const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      if (at + length > all.length) break
      text += String.fromCodePoint(pointOf(all, at, length))
      at += length
    }
    this.rest = all.slice(at)
    return text
  }
}

function pointOf(all: readonly number[], at: number, length: number): number {
  const first = all[at] ?? 0
  if (length === 1) return first
  let point = first & (0xff >> (length + 1))
  for (let next = 1; next < length; next += 1) point = (point << 6) | ((all[at + next] ?? 0) & 0x3f)
  return point <= 0x10ffff ? point : 0xfffd
}
