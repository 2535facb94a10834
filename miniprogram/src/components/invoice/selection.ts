/** Which paid orders go on an invoice: how much of each, why one cannot, and what goes together. The gateway decides. */
import type { Schema } from '@/api/client'

export type OrderEntry = Schema['OrderEntry']

/** One invoice covers up to so many orders. */
export const ORDERS_LIMIT = 100

/** Why an order has nothing to be invoiced. */
export type WhyNot = 'parked' | 'unpaid' | 'free' | 'top_up' | 'refunded' | 'invoiced'

/** Why an order does not go with those that are chosen. */
export type Clash = 'other_payee' | 'too_many'

/** Why nothing of an order can be invoiced; null if something can. */
export function whyNot(order: OrderEntry): WhyNot | null {
  if (order.subject === 'top_up') return 'top_up'
  if (order.state === 'open') return 'parked'
  if (order.state === 'due' || order.state === 'owing') return 'unpaid'
  if (order.state !== 'paid') return 'free'
  if (order.invoiceable_fen > 0) return null
  if (order.invoiced_fen > 0) return 'invoiced'
  return order.refunded_fen + order.refunding_fen > 0 ? 'refunded' : 'free'
}

/** Why an order cannot join those that are chosen; null if it can. */
export function clash(order: OrderEntry, chosen: readonly OrderEntry[]): Clash | null {
  const first = chosen[0]
  if (first && (first.payee_id !== order.payee_id || first.regime !== order.regime)) return 'other_payee'
  return chosen.length >= ORDERS_LIMIT ? 'too_many' : null
}

/** Adds an order to the chosen ones, or takes it out; one that clashes changes nothing. */
export function toggled(order: OrderEntry, chosen: readonly OrderEntry[]): OrderEntry[] {
  const rest = chosen.filter((other) => other.order_id !== order.order_id)
  if (rest.length < chosen.length) return rest
  return whyNot(order) || clash(order, chosen) ? [...chosen] : [...chosen, order]
}

/** Every order that goes together with the first one that can be invoiced (or that is chosen), up to the limit. */
export function allTogether(orders: readonly OrderEntry[], chosen: readonly OrderEntry[]): OrderEntry[] {
  return orders.reduce<OrderEntry[]>((taken, order) => {
    if (taken.some((other) => other.order_id === order.order_id)) return taken
    return toggled(order, taken)
  }, [...chosen])
}

/** What the invoice will be over, in fen. */
export function chosenFen(chosen: readonly OrderEntry[]): number {
  return chosen.reduce((sum, order) => sum + order.invoiceable_fen, 0)
}
