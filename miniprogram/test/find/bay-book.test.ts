/** States of bays, merged from snapshots and a stream, in whatever order they come. */
import { describe, expect, it } from 'vitest'
import { BayBook, readBayEvent, type BayState, type SeenBay } from '@/components/bay-map/bay-book'

function seen(bay_code: string, version: number, state: BayState, bay_no: number | null = null): SeenBay {
  return { bay_code, bay_no, state, version, observed_at: '2026-09-15T00:00:00Z', lon: 104.17, lat: 36.55 }
}

const noon = { now: '2026-09-15T04:00:00Z', free: [1, 2], occupied: [3], unknown: [4] }

describe('the stream', () => {
  it('tells of a bay that turned once', () => {
    const book = new BayBook()
    expect(book.take(seen('BY0001', 1, 'free', 1))).toEqual({ bay_no: 1, bay_code: 'BY0001', state: 'free' })
    expect(book.take(seen('BY0001', 1, 'free', 1))).toBeNull()
    expect(book.take(seen('BY0001', 2, 'free', 1))).toBeNull()
    expect(book.take(seen('BY0001', 3, 'occupied', 1))).toEqual({ bay_no: 1, bay_code: 'BY0001', state: 'occupied' })
  })

  it('never goes back to an older version', () => {
    const book = new BayBook()
    book.take(seen('BY0001', 5, 'occupied'))
    expect(book.take(seen('BY0001', 4, 'free'))).toBeNull()
    expect(book.bay('BY0001')).toMatchObject({ version: 5, state: 'occupied' })
  })

  it('gives the same in any order, with repeats', () => {
    const events = [seen('BY0001', 1, 'free'), seen('BY0001', 2, 'occupied'), seen('BY0001', 3, 'unknown'), seen('BY0002', 7, 'free')]
    const orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2, 2, 1], [2, 0, 3, 1, 0]]
    for (const order of orders) {
      const book = new BayBook()
      order.forEach((index) => book.take(events[index]!))
      expect([book.bay('BY0001')?.state, book.bay('BY0002')?.state]).toEqual(['unknown', 'free'])
    }
  })

  it('tells anew when the map learned the number of a bay', () => {
    const book = new BayBook()
    book.take(seen('BY0001', 1, 'free'))
    expect(book.take(seen('BY0001', 1, 'free', 9))).toEqual({ bay_no: 9, bay_code: 'BY0001', state: 'free' })
  })
})

describe('snapshots', () => {
  it('fill in what no stream has told of, and nothing else', () => {
    const book = new BayBook()
    book.take(seen('BY0001', 8, 'occupied', 1))
    const turned = book.takeSnapshot(noon)
    expect(turned.map((bay) => [bay.bay_no, bay.state])).toEqual([[2, 'free'], [3, 'occupied'], [4, 'unknown']])
    expect(book.counts()).toEqual({ free: 1, occupied: 2, unknown: 1 })
  })

  it('give way to the stream that comes after', () => {
    const book = new BayBook()
    book.takeSnapshot(noon)
    book.take(seen('BY0002', 3, 'unknown', 2))
    expect(book.counts()).toEqual({ free: 1, occupied: 1, unknown: 2 })
  })

  it('that come late do not replace newer ones', () => {
    const book = new BayBook()
    book.takeSnapshot({ now: '2026-09-15T04:00:10Z', free: [], occupied: [1], unknown: [] })
    expect(book.takeSnapshot({ now: '2026-09-15T04:00:00Z', free: [1], occupied: [], unknown: [] })).toEqual([])
    expect(book.takeSnapshot({ now: '2026-09-15T04:00:20Z', free: [1], occupied: [], unknown: [] })).toHaveLength(1)
    expect(book.counts()).toEqual({ free: 1, occupied: 0, unknown: 0 })
  })

  it('without a time count for nothing', () => {
    expect(new BayBook().takeSnapshot({ ...noon, now: 'soon' })).toEqual([])
  })
})

it('what is not watched any more is forgotten', () => {
  const book = new BayBook()
  book.take({ ...seen('BY0001', 9, 'free', 1), lon: 104.1 })
  book.take({ ...seen('BY0002', 9, 'free', 2), lon: 104.2 })
  book.takeSnapshot({ ...noon, free: [5] })
  book.keepWithin(104.15, 36.5, 104.25, 36.6)
  expect(book.bays().map((bay) => bay.bay_code)).toEqual(['BY0002'])
  // It may come back with a version that is no news: it is taken in again.
  expect(book.take({ ...seen('BY0001', 9, 'free', 1), lon: 104.1 })).not.toBeNull()
})

it('reads events of the stream, and nothing else', () => {
  const event = { bay_code: 'BY0001', state: 'free', observed_at: null, lon: 104.17, lat: 36.55, version: 1 }
  expect(readBayEvent(JSON.stringify(event))).toEqual({ ...event, bay_no: null })
  expect(readBayEvent(JSON.stringify({ ...event, bay_no: 12 }))?.bay_no).toBe(12)
  for (const wrong of ['', 'null', '{}', '[1]', JSON.stringify({ ...event, state: 'closed' }), JSON.stringify({ ...event, version: '1' })]) {
    expect(readBayEvent(wrong), wrong).toBeNull()
  }
})
