/**
 * What was spent, by month and vehicle. An order counts in the month in which its parking began (city time); what went back of it
 * counts against the same month. A top-up of a balance is no spending: what is paid from the balance is. Whole fen throughout.
 */
import { ms, monthText } from '@/lib/time'
import type { OrderEntry } from '@/components/invoice/selection'

/** Whose plate is not known: passes and top-ups. */
export const NO_PLATE = ''

export type MonthSum = {
  /** `2026-11`. */
  month: string
  orders: number
  paidFen: number
  /** What went back or is on its way back; 0 or less. */
  refundFen: number
  /** paid + refund. */
  spentFen: number
  /** What is left to pay. */
  dueFen: number
  /** Put on a balance; not in what was spent. */
  topUpFen: number
  /** How long the vehicle stood, as far as it has left. */
  minutes: number
}

export function monthOf(order: OrderEntry): string {
  return monthText(ms(order.opened_at))
}

function nothing(month: string): MonthSum {
  return { month, orders: 0, paidFen: 0, refundFen: 0, spentFen: 0, dueFen: 0, topUpFen: 0, minutes: 0 }
}

function minutesOf(order: OrderEntry): number {
  if (order.subject !== 'visit' || !order.left_at) return 0
  return Math.max(0, Math.floor((ms(order.left_at) - ms(order.opened_at)) / 60_000))
}

function plus(sum: MonthSum, order: OrderEntry): MonthSum {
  const back = order.refunded_fen + order.refunding_fen
  if (order.subject === 'top_up') return { ...sum, topUpFen: sum.topUpFen + order.paid_fen - back }
  const paidFen = sum.paidFen + order.paid_fen
  const refundFen = sum.refundFen - back
  return {
    ...sum,
    orders: sum.orders + (order.state === 'void' ? 0 : 1),
    paidFen,
    refundFen,
    spentFen: paidFen + refundFen,
    dueFen: sum.dueFen + order.due_fen,
    minutes: sum.minutes + minutesOf(order),
  }
}

/** The sum over orders, whatever their month. */
export function sumOf(orders: readonly OrderEntry[], month = ''): MonthSum {
  return orders.reduce(plus, nothing(month))
}

/** The `count` months that end with `last`, oldest first, without gaps. */
export function monthsUntil(last: string, count: number): string[] {
  const [year, month] = last.split('-').map(Number) as [number, number]
  const number = year * 12 + month - 1
  return Array.from({ length: count }, (_, place) => {
    const of = number - (count - 1 - place)
    return `${String(Math.floor(of / 12)).padStart(4, '0')}-${String((of % 12) + 1).padStart(2, '0')}`
  })
}

/** The sums of some months, in their order; a month without orders is 0. */
export function sumsByMonth(orders: readonly OrderEntry[], months: readonly string[]): MonthSum[] {
  const sums = new Map(months.map((month) => [month, nothing(month)]))
  for (const order of orders) {
    const sum = sums.get(monthOf(order))
    if (sum) sums.set(sum.month, plus(sum, order))
  }
  return [...sums.values()]
}

/** The plates among orders, the most parked first. */
export function platesOf(orders: readonly OrderEntry[]): string[] {
  const counts = new Map<string, number>()
  for (const { plate } of orders) if (plate) counts.set(plate, (counts.get(plate) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([plate]) => plate)
}

/** The orders of a month (or all) and a vehicle (or all). */
export function only(orders: readonly OrderEntry[], month: string | null, plate: string | null): OrderEntry[] {
  return orders.filter((order) => (!month || monthOf(order) === month) && (plate === null || (order.plate ?? NO_PLATE) === plate))
}
