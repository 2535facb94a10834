/** Payments and refunds of orders. The API has them order by order: read a few at a time, once. */
import { computed, ref, shallowRef } from 'vue'
import { api, type Schema } from '@/api/client'
import type { OrderEntry } from '@/components/invoice/selection'

export type Payment = Schema['PaymentView']
export type Refund = Schema['RefundView']
export type Money = { payments: Payment[]; refunds: Refund[] }

/** Requests under way at once. */
const AT_ONCE = 3

async function moneyOf(order: OrderEntry): Promise<Money> {
  const path = { order_id: order.order_id }
  const { payments } = await api.get('/api/v1/orders/{order_id}', { path })
  if (order.refunded_fen + order.refunding_fen === 0) return { payments, refunds: [] }
  const { refunds } = await api.get('/api/v1/orders/{order_id}/refunds', { path })
  return { payments, refunds }
}

/** Whether there can be any payment or refund at all. */
function hasMoney(order: OrderEntry): boolean {
  return order.paid_fen + order.refunded_fen + order.refunding_fen > 0
}

export function useMoney() {
  const known = shallowRef(new Map<string, Money>())
  const left = ref(0)
  const failure = shallowRef<unknown>()
  let run = 0

  /** Reads what is not known yet of these orders; another call takes over. */
  async function read(orders: readonly OrderEntry[]): Promise<void> {
    run += 1
    const mine = run
    const wanted = orders.filter((order) => hasMoney(order) && !known.value.has(order.order_id))
    left.value = wanted.length
    failure.value = undefined
    const work = async () => {
      for (let order = wanted.shift(); order && mine === run && !failure.value; order = wanted.shift()) {
        try {
          const money = await moneyOf(order)
          known.value = new Map(known.value).set(order.order_id, money)
        } catch (error) {
          failure.value = error
        }
        if (mine === run) left.value = wanted.length
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    if (mine === run) left.value = 0
  }

  /** Forgets an order, so that it is read again. */
  function forget(): void {
    known.value = new Map()
  }

  return { known, left, failure, reading: computed(() => left.value > 0), read, forget }
}

/** A payment or refund with the order that it is of, newest first. */
export type Line<T> = { order: OrderEntry; at: string; of: T }

/** Payments that came or are awaited; attempts that were given up are left out. */
export function paymentLines(orders: readonly OrderEntry[], known: ReadonlyMap<string, Money>): Line<Payment>[] {
  const lines = orders.flatMap((order) =>
    (known.get(order.order_id)?.payments ?? [])
      .filter((payment) => payment.state !== 'closed' && payment.state !== 'failed')
      .map((payment) => ({ order, at: payment.succeeded_at ?? order.opened_at, of: payment })),
  )
  return newestFirst(lines)
}

export function refundLines(orders: readonly OrderEntry[], known: ReadonlyMap<string, Money>): Line<Refund>[] {
  const lines = orders.flatMap((order) =>
    (known.get(order.order_id)?.refunds ?? []).map((refund) => ({ order, at: refund.changed_at, of: refund })),
  )
  return newestFirst(lines)
}

function newestFirst<T>(lines: Line<T>[]): Line<T>[] {
  return lines.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}
