/** Server-sent events out of pieces, wherever these are cut. */
import { describe, expect, it } from 'vitest'
import { EventReader, Utf8Reader } from '@/api/events'

const TEXT = 'event: bay\ndata: {"street":"人民路"}\n\n: alive\n\nevent: resync\ndata: {}\n\ndata: a\ndata: b\n\n'
const EVENTS = [
  { name: 'bay', data: '{"street":"人民路"}' },
  { name: 'resync', data: '{}' },
  { name: 'message', data: 'a\nb' },
]

describe('a stream', () => {
  it.each([1, 2, 3, 5, 7, 1000])('cut every %i bytes gives the same events', (size) => {
    const bytes = new TextEncoder().encode(TEXT)
    const letters = new Utf8Reader()
    const events = new EventReader()
    const found = []
    for (let at = 0; at < bytes.length; at += size) found.push(...events.take(letters.take(bytes.slice(at, at + size))))
    expect(found).toEqual(EVENTS)
  })

  it('may end its lines with CR LF, cut between them', () => {
    const events = new EventReader()
    const text = TEXT.replace(/\n/g, '\r\n')
    expect([...text].flatMap((letter) => events.take(letter))).toEqual(EVENTS)
  })
})
