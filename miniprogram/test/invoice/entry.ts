/** An order as the list gives it, for tests: paid 300 fen at TS01 on 3 November, nothing invoiced yet. */
import type { OrderEntry } from '@/components/invoice/selection'

let made = 0

export function entry(changes: Partial<OrderEntry> = {}): OrderEntry {
  made += 1
  return {
    order_id: `order-${made}`, subject: 'visit', state: 'paid', reason: '已结清', reason_en: 'settled',
    total_fen: 300, waived_fen: 0, written_off_fen: 0, paid_fen: 300, refunding_fen: 0, refunded_fen: 0, due_fen: 0,
    opened_at: '2026-11-03T01:00:00Z', due_at: null, paid_at: '2026-11-03T02:10:00Z', left_at: '2026-11-03T02:05:00Z',
    plate: '甘D12345', bay_codes: ['TS01'], payee_id: 'company', payee: '示例停车公司', regime: 'vat',
    invoiced_fen: 0, invoiceable_fen: 300, ...changes,
  }
}
