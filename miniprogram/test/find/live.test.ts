/** The store of live states: which part is watched, what a snapshot and a stream make of it, when it is not live. */
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const opened = vi.hoisted(() => [] as { query: { bbox: string }; hear: (e: { name: string; data: string }) => void; turn: (s: string) => void; closed: boolean }[])
vi.mock('@/api/stream', () => ({
  openStream: (_path: string, query: { bbox: string }, hear: never, turn: never) => {
    const stream = { query, hear, turn, closed: false }
    opened.push(stream)
    return { close: () => (stream.closed = true) }
  },
}))
const mapStates = vi.hoisted(() => vi.fn())
vi.mock('@/components/find/ask', () => ({ mapStates }))

import { useLive } from '@/stores/live'

const here = { west: 104.16, south: 36.54, east: 104.18, north: 36.56 }
const there = { west: 104.3, south: 36.54, east: 104.32, north: 36.56 }
const bay = (version: number, state: string) =>
  JSON.stringify({ bay_code: 'BY0001', bay_no: 1, state, observed_at: null, lon: 104.17, lat: 36.55, version })

beforeEach(() => {
  vi.useFakeTimers()
  opened.length = 0
  mapStates.mockReset().mockResolvedValue({ now: '2026-09-15T04:00:00Z', free: [1, 2], occupied: [], unknown: [] })
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

it('shows the snapshot first, then what the stream says, in one batch', async () => {
  const live = useLive()
  const heard: unknown[] = []
  live.onTurned((turned) => heard.push(turned))
  live.watch('find', here)
  await vi.advanceTimersByTimeAsync(100)
  expect(heard).toEqual([[{ bay_no: 1, bay_code: null, state: 'free' }, { bay_no: 2, bay_code: null, state: 'free' }]])
  opened[0]?.hear({ name: 'bay', data: bay(2, 'occupied') })
  opened[0]?.hear({ name: 'bay', data: bay(1, 'free') })
  opened[0]?.hear({ name: 'resync', data: '{}' })
  await vi.advanceTimersByTimeAsync(100)
  expect(heard).toHaveLength(2)
  expect(live.book.bay('BY0001')?.state).toBe('occupied')
  live.release('find')
})

it('keeps its stream for a small move, and opens another for a large one', () => {
  const live = useLive()
  live.watch('find', here)
  live.watch('find', { ...here, east: 104.184 })
  expect(opened).toHaveLength(1)
  live.watch('find', there)
  expect(opened.map((stream) => stream.closed)).toEqual([true, false])
  live.release('find')
  expect(opened.map((stream) => stream.closed)).toEqual([true, true])
})

it('watches for the newest page, and for the one below again when that closes', () => {
  const live = useLive()
  live.watch('find', here)
  live.watch('bay', there)
  expect(opened.at(-1)?.query.bbox).toBe('104.29400,36.53400,104.32600,36.56600')
  live.release('bay')
  expect(opened.at(-1)?.query.bbox).toBe('104.15400,36.53400,104.18600,36.56600')
  live.release('find')
})

it('says since when it is not live, and asks for snapshots until it is again', async () => {
  const live = useLive()
  live.watch('find', here)
  opened[0]?.turn('open')
  expect(live.lostAtMs).toBeUndefined()
  const lost_ms = Date.now()
  opened[0]?.turn('waiting')
  expect(live.lostAtMs).toBe(lost_ms)
  await vi.advanceTimersByTimeAsync(31_000)
  expect(mapStates).toHaveBeenCalledTimes(3)
  opened[0]?.turn('connecting')
  expect(live.lostAtMs).toBe(lost_ms)
  opened[0]?.turn('open')
  expect(live.lostAtMs).toBeUndefined()
  await vi.advanceTimersByTimeAsync(31_000)
  expect(mapStates).toHaveBeenCalledTimes(3)
  live.release('find')
})

it('takes a snapshot of a part that is not watched any more for nothing', async () => {
  const live = useLive()
  let answer: (snapshot: unknown) => void = () => {}
  mapStates.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
  live.watch('find', here)
  live.watch('find', there)
  answer({ now: '2026-09-15T05:00:00Z', free: [77], occupied: [], unknown: [] })
  await vi.advanceTimersByTimeAsync(100)
  expect(live.book.states().some((one) => one.bay_no === 77)).toBe(false)
  live.release('find')
})

it('grows its layout when the operator changed the map', () => {
  const live = useLive()
  live.watch('find', here)
  opened[0]?.hear({ name: 'layout', data: '{"layout_version":"0123456789abcdef"}' })
  expect(live.layout).toBe(1)
  live.release('find')
})
