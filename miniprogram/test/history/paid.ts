/** A payment as `GET /api/v1/me/payments` gives it, for tests: 500 fen by WeChat on 3 November, nothing of it back. */
import type { Payment, Refund } from '@/components/history/money'

export function payment(changes: Partial<Payment> = {}): Payment {
  return {
    payment_id: 'p1', channel: 'wechat', method: 'jsapi', amount_fen: 500, succeeded_at: '2026-11-03T02:10:00Z', joint_payment_id: null,
    payee: '示例停车公司', refunding_fen: 0, refunded_fen: 0, refunds: [], order: null, invoice_state: null, invoices: [], ...changes,
  }
}

export function refund(changes: Partial<Refund> = {}): Refund {
  return {
    refund_id: 'r1', order_id: 'o1', payment_id: 'p1', amount_fen: 200, reason: 'rerated', state: 'succeeded', way: 'channel',
    created_at: '2026-11-04T00:00:00Z', changed_at: '2026-11-04T01:00:00Z', ...changes,
  }
}
