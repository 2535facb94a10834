/** Where an order of a visit stands, and what its driver can do now. */

/** What is read of an order. */
export interface OrderWord {
  state: string
  total_fen: number
  paid_fen: number
  refunding_fen: number
  refunded_fen: number
  due_fen: number
  running?: { payable_fen: number } | null
  stays?: readonly { state: string; left_at?: string | null }[]
  payments?: readonly { state: string }[]
}

export type Standing =
  /** The vehicle is there. */
  | 'parked'
  /** It has left; the bill is being made. */
  | 'leaving'
  /** To be paid. */
  | 'due'
  /** To be paid, and the time of grace is over. */
  | 'owing'
  | 'paid'
  /** Nothing is owed: free, a pass, exempt, in doubt. */
  | 'nothing'
  /** Given up, or void. */
  | 'over'

const FINAL: Readonly<Record<string, Standing>> = {
  due: 'due',
  owing: 'owing',
  paid: 'paid',
  free: 'nothing',
  pass: 'nothing',
  exempt: 'nothing',
  fault_free: 'nothing',
  written_off: 'over',
  void: 'over',
}

/** Where it stands. */
export function standingOf(order: OrderWord): Standing {
  const final = FINAL[order.state]
  if (final) return final
  const stays = order.stays ?? []
  const here = stays.length === 0 || stays.some((stay) => stay.state === 'present')
  return here ? 'parked' : 'leaving'
}

/** What could be paid now: what is due, or what has run up so far. */
export function payableFen(order: OrderWord): number {
  const standing = standingOf(order)
  if (standing === 'due' || standing === 'owing') return Math.max(0, order.due_fen)
  if (standing === 'parked') return Math.max(0, order.running?.payable_fen ?? 0)
  return 0
}

/** Whether something that was paid is going back, or has gone. */
export function givenBack(order: OrderWord): { underWayFen: number; doneFen: number } | null {
  if (order.refunding_fen === 0 && order.refunded_fen === 0) return null
  return { underWayFen: order.refunding_fen, doneFen: order.refunded_fen }
}

/** Whether it was paid more than once: two payments went through and something goes back. */
export function paidTwice(order: OrderWord): boolean {
  const through = (order.payments ?? []).filter((payment) => payment.state === 'succeeded').length
  return through > 1 && givenBack(order) !== null && order.paid_fen > order.total_fen
}

/** Whether an appeal can be filed: the bill has to be final and of something. */
export function canAppeal(order: OrderWord): boolean {
  const standing = standingOf(order)
  return (standing === 'due' || standing === 'owing' || standing === 'paid') && order.total_fen > 0
}
