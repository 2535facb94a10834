/**
 * Payments that came, each with its refunds and its order: read from the newest on, as far back as is wanted.
 *
 * A payment counts in the month in which its parking began, like everything in the history. What was paid for somebody else's
 * parking by the code on the bay has no order here and counts in the month in which it was paid.
 */
import { ref, shallowRef } from 'vue'
import { api, type Schema } from '@/api/client'
import type { OrderEntry } from '@/components/invoice/selection'
import { ms, monthText } from '@/lib/time'
import { monthOf } from './months'

export type Payment = Schema['PaymentEntry']
export type Refund = Schema['RefundView']

const PAGE = 100
/** Read in one go at most: 1,000 payments. */
const PAGES_AT_ONCE = 10

export function useMoney() {
  /** Undefined until the first page is here. */
  const paid = shallowRef<Payment[]>()
  /** Where the next page begins; null when all are here. */
  const next = ref<string | null>(null)
  const reading = ref(false)
  const failure = shallowRef<unknown>()
  let run = 0

  /** Reads on from a cursor until `enough` says so; an older run that is still under way is dropped. */
  async function read(from: Payment[], cursor: string | undefined, enough: (all: Payment[]) => boolean): Promise<void> {
    run += 1
    const mine = run
    let [all, place] = [from, cursor]
    reading.value = true
    failure.value = undefined
    try {
      for (let page = 0; page < PAGES_AT_ONCE; page += 1) {
        const answer = await api.get('/api/v1/me/payments', { query: { limit: PAGE, cursor: place } })
        if (mine !== run) return
        all = [...all, ...answer.payments]
        place = answer.next ?? undefined
        if (!place || enough(all)) break
      }
      paid.value = all
      next.value = place ?? null
    } catch (error) {
      if (mine === run) failure.value = error
    } finally {
      if (mine === run) reading.value = false
    }
  }

  /** From the newest on, back to the last one that came before `month`: no parking of the month is paid before it begins. */
  function readSince(month: string): Promise<void> {
    return read([], undefined, (all) => cameBefore(all[all.length - 1], month))
  }

  /** The page after what is here. */
  async function readMore(): Promise<void> {
    if (next.value && !reading.value) await read(paid.value ?? [], next.value, () => true)
  }

  return { paid, next, reading, failure, readSince, readMore }
}

function cameBefore(payment: Payment | undefined, month: string): boolean {
  return payment !== undefined && monthText(ms(payment.succeeded_at)) < month
}

/** Of a month (or all) and a vehicle (or all). */
export function onlyPaid(paid: readonly Payment[], month: string | null, plate: string | null): Payment[] {
  return paid.filter(({ order, succeeded_at }) => {
    const inMonth = !month || (order ? monthOf(order) : monthText(ms(succeeded_at))) === month
    return inMonth && (plate === null || order?.plate === plate)
  })
}

/** A payment or refund with the order that it is of, newest first; null where it is somebody else's. */
export type Line<T> = { order: OrderEntry | null; payee: string; at: string; of: T }

export function paymentLines(paid: readonly Payment[]): Line<Payment>[] {
  return newestFirst(paid.map((payment) => ({ ...about(payment), at: payment.succeeded_at, of: payment })))
}

export function refundLines(paid: readonly Payment[]): Line<Refund>[] {
  return newestFirst(paid.flatMap((payment) => payment.refunds.map((refund) => ({ ...about(payment), at: refund.changed_at, of: refund }))))
}

function about({ order, payee }: Payment): { order: OrderEntry | null; payee: string } {
  return { order: order ?? null, payee }
}

function newestFirst<T>(lines: Line<T>[]): Line<T>[] {
  return lines.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}
