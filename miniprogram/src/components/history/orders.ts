/** The driver's orders, page by page, newest first, as far back as was asked for. */
import { ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { OrderEntry } from '@/components/invoice/selection'
import { monthOf } from './months'

const PAGE = 100
/** Read in one go at most: 1,000 orders. */
const PAGES_AT_ONCE = 10

export function useOrders() {
  /** Undefined until the first page is here. */
  const orders = shallowRef<OrderEntry[]>()
  /** Where the next page begins; null when all are here. */
  const next = ref<string | null>(null)
  const loading = ref(false)
  const failure = shallowRef<unknown>()
  /** City time of the newest answer. */
  const now = ref('')
  let run = 0

  /** Reads on from a cursor until `enough` says so; an older run that is still under way is dropped. */
  async function read(from: OrderEntry[], cursor: string | undefined, enough: (all: OrderEntry[]) => boolean): Promise<void> {
    run += 1
    const mine = run
    let [all, place] = [from, cursor]
    loading.value = true
    failure.value = undefined
    try {
      for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
        const answer = await api.get('/api/v1/orders', { query: { limit: PAGE, cursor: place } })
        if (mine !== run) return
        all = [...all, ...answer.orders]
        place = answer.next ?? undefined
        const last = !place || enough(all) || page === PAGES_AT_ONCE - 1
        // What is shown never gets shorter while it is read anew.
        if (last || all.length >= (orders.value?.length ?? 0)) {
          orders.value = all
          next.value = place ?? null
        }
        now.value = answer.now
        if (last) break
      }
    } catch (error) {
      if (mine === run) failure.value = error
    } finally {
      if (mine === run) loading.value = false
    }
  }

  /** From the newest on, back to the month before `month`. */
  function readSince(month: string): Promise<void> {
    return read([], undefined, (all) => isBefore(all[all.length - 1], month))
  }

  /** The newest page, or anew as many as are here; further back until an order is among them that is asked for. */
  function readNewest(orderId = ''): Promise<void> {
    const many = orders.value?.length ?? 0
    const found = (all: OrderEntry[]) => orderId === '' || all.some((order) => order.order_id === orderId)
    return read([], undefined, (all) => all.length >= many && found(all))
  }

  /** The page after what is here. */
  async function readMore(): Promise<void> {
    if (next.value && !loading.value) await read(orders.value ?? [], next.value, () => true)
  }

  return { orders, next, loading, failure, now, readNewest, readSince, readMore }
}

function isBefore(order: OrderEntry | undefined, month: string): boolean {
  return order !== undefined && monthOf(order) < month
}
