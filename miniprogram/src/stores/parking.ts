/**
 * What the driver is parked at, and what waits to be paid: asked again every some seconds while somebody looks, and at
 * once when the live stream says that one of their bays changed. `asOf` says since when what is shown holds.
 */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, codeOf, type Schema } from '@/api/client'
import { citySpeed } from '@/lib/clock'
import { BayWatch, type SeenBay } from '@/lib/park/bay-watch'
import { standingOf } from '@/lib/park/standing'
import { ms } from '@/lib/time'
import { useSession } from './session'

export type Order = Schema['OrderView']
export type OrderInShort = Schema['OrderSummary']
export type OrderEntry = Schema['OrderEntry']

/** A city minute, within bounds of what a phone and a server bear. */
const SLOWEST_MS = 10_000
const FASTEST_MS = 2_000
const ENDED_SHOWN_MS = 12 * 3_600_000
/** Orders looked at: what is open or due is among the newest. */
const NEWEST = 20

export const useParking = defineStore('parking', () => {
  const session = useSession()
  /** Orders of visits that are not final: parked, or just left. */
  const visits = shallowRef<Order[]>([])
  /** Orders that wait to be paid. */
  const due = shallowRef<OrderInShort[]>([])
  /** The visit that ended last, if nothing is left to pay of it. */
  const ended = shallowRef<OrderEntry | null>(null)
  /** The bays that one is parked in, by code. */
  const bays = shallowRef<Record<string, SeenBay>>({})
  const state = ref<'idle' | 'loading' | 'ready' | 'failed'>('idle')
  const failure = ref<unknown>()
  /** City time of the newest answer. */
  const asOf = ref<number>()
  const live = ref(false)
  const parked = computed(() => visits.value.some((order) => standingOf(order) === 'parked'))
  const watching = new BayWatch(
    () => void refresh(),
    (seen) => (bays.value = { ...bays.value, [seen.bay_code]: seen }),
    (open) => (live.value = open),
  )
  let watchers = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: Promise<void> | undefined

  function refresh(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = undefined
      again()
    })
    return asking
  }

  async function ask(): Promise<void> {
    if (!session.signedIn) return reset()
    if (state.value !== 'ready') state.value = 'loading'
    try {
      const answer = await api.get('/api/v1/orders', { query: { limit: NEWEST } })
      const ofVisits = answer.orders.filter((order) => order.subject === 'visit')
      const open = ofVisits.filter((order) => order.state === 'open')
      visits.value = await Promise.all(open.map((order) => orderOf(order.order_id)))
      due.value = ofVisits.filter((order) => order.state === 'due' || order.state === 'owing')
      ended.value = endedOf(ofVisits, ms(answer.now))
      asOf.value = ms(answer.now)
      state.value = 'ready'
      failure.value = undefined
      if (watchers > 0) await watching.follow(baysOf(visits.value))
    } catch (error) {
      failure.value = error
      if (codeOf(error) === 'signed_out') reset()
      else if (asOf.value === undefined) state.value = 'failed'
    }
  }

  function orderOf(orderId: string): Promise<Order> {
    return api.get('/api/v1/orders/{order_id}', { path: { order_id: orderId } })
  }

  /** Keeps it fresh until `unwatch`. */
  function watch(): void {
    watchers += 1
    void refresh()
  }

  function again(): void {
    clearTimeout(timer)
    const pace = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, 60_000 / citySpeed()))
    if (watchers > 0) timer = setTimeout(() => void refresh(), pace)
  }

  function unwatch(): void {
    watchers = Math.max(0, watchers - 1)
    if (watchers > 0) return
    clearTimeout(timer)
    watching.close()
  }

  function reset(): void {
    visits.value = []
    due.value = []
    ended.value = null
    bays.value = {}
    asOf.value = undefined
    failure.value = undefined
    state.value = 'idle'
    watching.close()
  }

  return { visits, due, ended, bays, state, failure, asOf, live, parked, refresh, watch, unwatch, reset }
})

/** The visit that ended last: shown for some hours, so that nobody wonders where it went. */
function endedOf(orders: readonly OrderEntry[], now: number): OrderEntry | null {
  const recent = orders.filter((order) => order.left_at && now - ms(order.left_at) < ENDED_SHOWN_MS)
  const over = recent.filter((order) => !['open', 'due', 'owing', 'void'].includes(order.state))
  return over.sort((a, b) => ms(b.left_at ?? b.opened_at) - ms(a.left_at ?? a.opened_at))[0] ?? null
}

/** Codes of the bays that vehicles of these orders stand in. */
function baysOf(orders: readonly Order[]): string[] {
  const here = orders.flatMap((order) => order.stays).filter((stay) => stay.state === 'present')
  return here.map((stay) => stay.bay_code).filter((code): code is string => typeof code === 'string')
}
