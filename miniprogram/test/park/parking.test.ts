/** What is parked and what is due, as the store tells them apart; and a reminder that is given once. */
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref, shallowRef } from 'vue'

const answers = new Map<string, unknown>()
const asked: string[] = []
const said: string[] = []
const streams: { bbox: string; hear: (event: { name: string; data: string }) => void; closed: boolean }[] = []

vi.mock('@/api/client', async () => {
  const failure = await import('@/api/failure')
  const { newKey } = await import('@/api/key')
  const get = (path: string, given: { path?: Record<string, string> } = {}) => {
    const full = path.replace(/\{(\w+)\}/g, (_whole, name: string) => given.path?.[name] ?? '')
    asked.push(full)
    const answer = answers.get(full)
    return answer ? Promise.resolve(answer) : Promise.reject(new failure.ApiFailure('offline', '', '', 0))
  }
  return { ...failure, newKey, api: { get } }
})
vi.mock('@/api/stream', () => ({
  openStream: (_path: string, query: { bbox: string }, hear: (event: { name: string; data: string }) => void) => {
    const stream = { bbox: query.bbox, hear, closed: false }
    streams.push(stream)
    return { close: () => (stream.closed = true) }
  },
}))
vi.mock('@/lib/platform/notify', () => ({
  notifyLeave: () => 'granted',
  askToNotify: () => Promise.resolve('granted'),
  notify: (_title: string, text: string) => said.push(text),
}))

const { useParking } = await import('@/stores/parking')
const { useSession } = await import('@/stores/session')
const { useReminders } = await import('@/lib/park/use-reminders')
type Order = import('@/stores/parking').Order

const NOW = '2026-09-15T00:40:00Z'
const stay = (state: string) => ({ stay_id: 's', bay_code: 'TS01', state, arrived_at: '2026-09-15T00:00:00Z', left_at: null })
const short = (order_id: string, state: string, subject = 'visit', left_at: string | null = null) => ({ order_id, state, subject, due_fen: 300, opened_at: NOW, left_at })
const bay = (state: string, version: number) => ({ bay_code: 'TS01', street: '人民路', lon: 104.17, lat: 36.54, state, age_s: 30, version, now: NOW, speed: 1 })

function put(): void {
  answers.set('/api/v1/orders', {
    now: NOW,
    speed: 1,
    orders: [short('a', 'open'), short('b', 'due'), short('c', 'paid'), short('d', 'owing'), short('e', 'open', 'top_up')],
  })
  answers.set('/api/v1/orders/a', { ...short('a', 'open'), now: NOW, speed: 1, stays: [stay('present')], running: null })
  answers.set('/api/v1/bays/TS01', bay('occupied', 7))
}

beforeEach(() => {
  vi.useFakeTimers()
  answers.clear()
  asked.length = said.length = streams.length = 0
  setActivePinia(createPinia())
  useSession().take({ token: 't', account_id: 'lin', expires_at: '2099-01-01T00:00:00Z' })
})
afterEach(() => vi.useRealTimers())

describe('the store', () => {
  it('tells visits that go on from orders that wait to be paid', async () => {
    put()
    const parking = useParking()
    await parking.refresh()
    expect(parking.visits.map((order) => order.order_id)).toEqual(['a'])
    expect(parking.due.map((order) => order.order_id)).toEqual(['b', 'd'])
    expect([parking.parked, parking.asOf]).toEqual([true, Date.parse(NOW)])
  })

  it('keeps the visit that ended last in sight for half a day', async () => {
    const orders = [
      short('old', 'paid', 'visit', '2026-09-14T12:00:00Z'),
      short('first', 'free', 'visit', '2026-09-14T20:00:00Z'),
      short('last', 'paid', 'visit', '2026-09-15T00:30:00Z'),
      short('unpaid', 'due', 'visit', '2026-09-15T00:35:00Z'),
    ]
    answers.set('/api/v1/orders', { now: NOW, speed: 1, orders })
    const parking = useParking()
    await parking.refresh()
    expect(parking.ended?.order_id).toBe('last')
    answers.set('/api/v1/orders', { now: NOW, speed: 1, orders: orders.slice(0, 1) })
    await parking.refresh()
    expect(parking.ended).toBeNull()
  })

  it('asks at once when the bay changes, and hears no old version', async () => {
    put()
    const parking = useParking()
    parking.watch()
    await vi.advanceTimersByTimeAsync(0)
    expect(parking.bays.TS01).toMatchObject({ state: 'occupied', age_s: 30 })
    const before = asked.filter((path) => path === '/api/v1/orders').length
    const event = (version: number) => ({ name: 'bay', data: JSON.stringify({ ...bay('free', version), observed_at: NOW }) })
    streams[0]?.hear(event(7))
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.filter((path) => path === '/api/v1/orders').length).toBe(before)
    streams[0]?.hear(event(8))
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.filter((path) => path === '/api/v1/orders').length).toBe(before + 1)
    parking.unwatch()
    expect(streams.every((stream) => stream.closed)).toBe(true)
  })

  it('keeps what it knows when the net goes, with its time', async () => {
    put()
    const parking = useParking()
    await parking.refresh()
    answers.clear()
    await parking.refresh()
    expect([parking.state, parking.visits.length, parking.asOf]).toEqual(['ready', 1, Date.parse(NOW)])
  })

  it('forgets everything with the session', async () => {
    put()
    const parking = useParking()
    await parking.refresh()
    useSession().signOut()
    await parking.refresh()
    expect([parking.state, parking.visits.length, parking.due.length]).toEqual(['idle', 0, 0])
  })
})

describe('a reminder', () => {
  it('is given once, ten minutes before the free time ends', async () => {
    const order = {
      order_id: 'a', plate: '甘D12345', stays: [stay('present')],
      running: { total_fen: 0, payable_fen: 0, next_at: '2026-09-15T00:30:00Z', next_total_fen: 200 },
    } as unknown as Order
    const now = ref(Date.parse('2026-09-15T00:10:00Z'))
    const visits = shallowRef<readonly Order[]>([order])
    const app = createApp(defineComponent({ setup: () => (useReminders(visits, now), () => h('div')) }))
    app.mount(document.createElement('div'))
    for (const clock of ['00:15', '00:20', '00:21', '00:29', '00:31']) {
      now.value = Date.parse(`2026-09-15T${clock}:00Z`)
      await nextTick()
    }
    expect(said).toEqual(['08:30 免费时间结束，之后 ¥2.00'])
    app.unmount()
  })
})
