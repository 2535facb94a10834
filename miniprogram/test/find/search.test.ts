/** A search that follows: the newest question counts, a taken bay brings a new answer, what was found stays in sight. */
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'

vi.mock('@/api/stream', () => ({ openStream: () => ({ close: () => {} }) }))
vi.mock('@/lib/platform', () => ({ readStored: () => undefined, store: () => true, forget: () => {}, findPlace: () => Promise.reject(new Error()), NoPlace: class extends Error {} }))
const ask = vi.hoisted(() => ({ searchBays: vi.fn(), mapStates: vi.fn(), townCentre: vi.fn(), notOffered: (error: { status?: number }) => error.status === 404 }))
vi.mock('@/components/find/ask', () => ask)

import { useSearch } from '@/components/find/use-search'
import { useFinding } from '@/stores/finding'
import { useLive } from '@/stores/live'

const hit = (bay_code: string) => ({ bay_code, state: 'free', version: 5 })
const found = (...codes: string[]) => ({ hits: codes.map(hit), unknown: [], nothing: codes.length ? null : { code: 'none_free', text: '' } })

let scope: EffectScope
let search: ReturnType<typeof useSearch>
let hear: (turned: { bay_no: null; bay_code: string; state: 'free' | 'occupied' | 'unknown' }[]) => void

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  setActivePinia(createPinia())
  ask.searchBays.mockReset().mockResolvedValue(found('BY0001', 'BY0002'))
  const live = useLive()
  vi.spyOn(live, 'onTurned').mockImplementation((listener) => {
    hear = listener
    return () => {}
  })
  scope = effectScope()
  search = scope.run(() => useSearch())!
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

it('asks again when the driver asks for something else, once for several turns', async () => {
  await search.search()
  const finding = useFinding()
  finding.ask({ ...finding.filters, charging: true })
  await vi.advanceTimersByTimeAsync(100)
  finding.ask({ ...finding.filters, stay_min: 120 })
  await vi.advanceTimersByTimeAsync(300)
  expect(ask.searchBays).toHaveBeenCalledTimes(2)
  expect(ask.searchBays.mock.calls[1]?.[0]).toMatchObject({ charging: true, stay_minutes: 120 })
})

it('lets the answer of the newest question count, whatever the order', async () => {
  let late: (answer: unknown) => void = () => {}
  ask.searchBays.mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
  const first = search.search()
  await search.search()
  late(found('BY0099'))
  await first
  expect(search.answer.value?.hits.map((one) => one.bay_code)).toEqual(['BY0001', 'BY0002'])
})

it('asks again when a bay that was offered is taken, but not for others, and not all the time', async () => {
  await search.search()
  hear([{ bay_no: null, bay_code: 'BY0050', state: 'occupied' }])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(ask.searchBays).toHaveBeenCalledTimes(1)
  hear([{ bay_no: null, bay_code: 'BY0002', state: 'unknown' }])
  await vi.advanceTimersByTimeAsync(300)
  expect(ask.searchBays).toHaveBeenCalledTimes(2)
  hear([{ bay_no: null, bay_code: 'BY0001', state: 'occupied' }])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(ask.searchBays).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(ask.searchBays).toHaveBeenCalledTimes(3)
})

it('asks again when a bay turns free where there was none', async () => {
  ask.searchBays.mockResolvedValueOnce(found())
  await search.search()
  expect(search.state.value).toBe('nothing')
  await vi.advanceTimersByTimeAsync(5_000)
  hear([{ bay_no: null, bay_code: 'BY0050', state: 'free' }])
  await vi.advanceTimersByTimeAsync(300)
  expect(search.state.value).toBe('found')
})

it('keeps what was found when a refresh fails, and says so; another question does not', async () => {
  await search.search()
  ask.searchBays.mockRejectedValue({ status: 0 })
  await search.search()
  expect([search.state.value, search.old.value, search.answer.value?.hits.length]).toEqual(['found', true, 2])
  const finding = useFinding()
  finding.ask({ ...finding.filters, charging: true })
  await vi.advanceTimersByTimeAsync(300)
  expect([search.state.value, search.old.value, search.answer.value]).toEqual(['failed', false, null])
})

it('says that a gateway has no search at all', async () => {
  ask.searchBays.mockRejectedValue({ status: 404 })
  await search.search()
  expect(search.state.value).toBe('not_offered')
})

it('shows what the stream says of a hit, if that is newer than the answer', async () => {
  await search.search()
  const [one] = search.answer.value?.hits ?? []
  const live = useLive()
  const bay = { bay_code: 'BY0001', bay_no: null, observed_at: null, lon: 104.17, lat: 36.55 }
  live.book.take({ ...bay, version: 4, state: 'unknown' })
  expect(search.stateOf(one!)).toBe('free')
  live.book.take({ ...bay, version: 6, state: 'occupied' })
  expect(search.stateOf(one!)).toBe('occupied')
})
