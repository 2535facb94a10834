/**
 * How far a payment is, as a pure machine: what the server said and what the cashier said go in, what is shown comes out.
 *
 * Paid is what the server says, never what a cashier returned: a cashier that came back with "ok" only means that it is to
 * be asked for. An attempt that was closed or failed is over; a new one gets a new key.
 */

/** What is paid: an order, whatever stands in a bay, or several debts. */
export type Subject =
  | { kind: 'order'; orderId: string }
  | { kind: 'bay'; bayCode: string }
  | { kind: 'joint'; orderIds: string[] }

/** The door to the cashier. */
export type Method = 'jsapi' | 'h5' | 'native'

/** The arguments of WeChat's cashier. */
export interface PayParams {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: string
  paySign: string
}

/** An attempt as each of the three routes shows it. */
export interface Attempt {
  payment_id: string
  state: string
  amount_fen: number
  expires_at: string
  succeeded_at?: string | null
  pay?: PayParams | null
  code_url?: string | null
  h5_url?: string | null
}

/** Where the driver is with it. */
export type Phase =
  /** Nothing begun. */
  | 'idle'
  /** The request is on its way; its answer may be lost, its key is not. */
  | 'asking'
  /** There is an attempt, WeChat has not given the handle yet. */
  | 'preparing'
  /** The cashier can be opened. */
  | 'ready'
  /** The cashier is open. */
  | 'cashier'
  /** It came back; the server's word is waited for. */
  | 'confirming'
  | 'paid'
  /** Nobody paid in time, or another attempt took its place. */
  | 'closed'
  | 'failed'

/** What is kept of a payment over a reload. */
export interface Payment {
  subject: Subject
  method: Method
  phase: Phase
  /** Of the request that starts the attempt; the same until the attempt is over. */
  key: string
  attempt: Attempt | null
  /** The last question got no answer: what is shown may be old. */
  lost: boolean
  /** Code of the refusal that ended it, or of the cashier. */
  why: string | null
}

/** What happens to it. */
export type Event =
  | { kind: 'ask' }
  | { kind: 'seen'; attempt: Attempt }
  | { kind: 'refused'; code: string }
  | { kind: 'lost' }
  | { kind: 'opened' }
  | { kind: 'returned'; outcome: 'ok' | 'cancelled' | 'failed' | 'unknown' }

/** A payment that nobody has asked for yet. */
export function fresh(subject: Subject, method: Method, key: string): Payment {
  return { subject, method, phase: 'idle', key, attempt: null, lost: false, why: null }
}

/** Whether nothing will happen any more without a new attempt. */
export function isOver(phase: Phase): boolean {
  return phase === 'paid' || phase === 'closed' || phase === 'failed'
}

/** Whether the server is to be asked how it goes. */
export function isUnderWay(phase: Phase): boolean {
  return phase !== 'idle' && !isOver(phase)
}

/** The payment after something happened. What is over stays over, except that money may still come late. */
export function after(payment: Payment, event: Event): Payment {
  switch (event.kind) {
    case 'ask':
      return payment.phase === 'idle' ? { ...payment, phase: 'asking', why: null } : payment
    case 'lost':
      return isUnderWay(payment.phase) ? { ...payment, lost: true } : payment
    case 'refused':
      return isOver(payment.phase) ? payment : { ...payment, phase: 'failed', lost: false, why: event.code }
    case 'opened':
      return payment.phase === 'ready' || payment.phase === 'confirming' ? { ...payment, phase: 'cashier' } : payment
    case 'returned':
      return returned(payment, event.outcome)
    case 'seen':
      return seen(payment, event.attempt)
  }
}

function returned(payment: Payment, outcome: 'ok' | 'cancelled' | 'failed' | 'unknown'): Payment {
  if (payment.phase !== 'cashier') return payment
  // Who closed the cashier can open it again; only the server knows whether the money went all the same.
  if (outcome === 'cancelled') return { ...payment, phase: 'ready', why: 'cancelled' }
  if (outcome === 'failed') return { ...payment, phase: 'ready', why: 'cashier_failed' }
  return { ...payment, phase: 'confirming', why: null }
}

function seen(payment: Payment, attempt: Attempt): Payment {
  const known = { ...payment, attempt: handles(payment.attempt, attempt), lost: false }
  switch (attempt.state) {
    case 'succeeded':
      return { ...known, phase: 'paid', why: null }
    case 'closed':
      return payment.phase === 'paid' ? payment : { ...known, phase: 'closed' }
    case 'failed':
      return payment.phase === 'paid' ? payment : { ...known, phase: 'failed', why: payment.why ?? 'channel_refused' }
    case 'ready':
      return isOver(payment.phase) ? payment : { ...known, phase: readyPhase(payment.phase) }
    default:
      return isOver(payment.phase) ? payment : { ...known, phase: 'preparing' }
  }
}

/** The route of a bay gives the cashier's arguments once: what was given is kept. */
function handles(old: Attempt | null, now: Attempt): Attempt {
  if (!old || old.payment_id !== now.payment_id) return now
  return { ...now, pay: now.pay ?? old.pay, code_url: now.code_url ?? old.code_url, h5_url: now.h5_url ?? old.h5_url }
}

function readyPhase(phase: Phase): Phase {
  return phase === 'cashier' || phase === 'confirming' ? phase : 'ready'
}

/** Milliseconds until the server is asked again: soon at first, then ever less often. */
export function pause(sinceMs: number): number {
  if (sinceMs < 10_000) return 1_000
  if (sinceMs < 60_000) return 2_500
  if (sinceMs < 300_000) return 5_000
  return 15_000
}

/** A name under which the payment of a subject is kept on the phone. */
export function nameOf(subject: Subject): string {
  switch (subject.kind) {
    case 'order':
      return `pay.order.${subject.orderId}`
    case 'bay':
      return `pay.bay.${subject.bayCode}`
    case 'joint':
      return 'pay.joint'
  }
}

/** Whether a cashier's page is a stand-in: no real money moves there. */
export function isSandbox(url: string | null | undefined): boolean {
  if (!url) return false
  const host = /^https?:\/\/([^/:?#]+)/.exec(url)?.[1] ?? ''
  return host !== '' && host !== 'wx.tenpay.com'
}

/** The cashier's page with the way back, as WeChat takes it. */
export function withReturn(url: string, back: string): string {
  const join = url.includes('?') ? '&' : '?'
  return `${url}${join}redirect_url=${encodeURIComponent(back)}`
}
