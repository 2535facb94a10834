/** What the exported rows say; the words themselves stand in the locale. */
import { expect, it } from 'vitest'
import { csvFile } from '@/components/history/csv'
import { paymentLines, refundLines, type Money } from '@/components/history/money'
import { monthsTable, ordersTable, paymentsTable, refundsTable } from '@/components/history/tables'
import { sumsByMonth } from '@/components/history/months'
import { entry } from '../invoice/entry'

const say = (key: string) => key.split('.').slice(-1)[0]!

const order = entry({ order_id: 'o1', paid_fen: 500, refunded_fen: 200, invoiced_fen: 300, invoiceable_fen: 0 })
const payment = {
  payment_id: 'p1', order_id: 'o1', channel: 'wechat', method: 'jsapi', state: 'succeeded', amount_fen: 500,
  expires_at: '2026-11-03T02:20:00Z', succeeded_at: '2026-11-03T02:10:00Z',
}
const refund = {
  refund_id: 'r1', order_id: 'o1', payment_id: 'p1', amount_fen: 200, reason: 'rerated', state: 'succeeded', way: 'channel',
  created_at: '2026-11-04T00:00:00Z', changed_at: '2026-11-04T01:00:00Z',
}
const known = new Map<string, Money>([
  ['o1', { payments: [{ ...payment, payment_id: 'p0', state: 'closed' }, payment], refunds: [refund] }],
])

it('an order: times of the city, what was given up taken off the fee, refunds below 0', () => {
  const { head, rows } = ordersTable([entry({ ...order, total_fen: 400, waived_fen: 100 })], say, 'zh')
  expect(rows[0]).toEqual([
    '2026-11-03 09:00', '2026-11-03 10:05', '甘D12345', 'TS01', 'visit', '已结清', '3.00', '5.00', '-2.00', '3.00',
    '示例停车公司', 'o1',
  ])
  expect(head).toHaveLength(rows[0]!.length)
})

it('payments that came, not attempts that were given up', () => {
  const table = paymentsTable(paymentLines([order], known), say)
  expect(table.rows).toEqual([['2026-11-03 10:10', '甘D12345', 'TS01', '5.00', 'wechat', 'succeeded', 'o1']])
})

it('refunds are below 0', () => {
  const table = refundsTable(refundLines([order], known), say)
  expect(table.rows).toEqual([['2026-11-04 09:00', '甘D12345', 'TS01', '-2.00', 'channel', 'succeeded', 'o1']])
})

it('months as a file', () => {
  const { head, rows } = monthsTable(sumsByMonth([order], ['2026-10', '2026-11']), say)
  expect(csvFile(head, rows)).toBe(
    '\uFEFFmonth,orders,paid,refund,spent\r\n2026-10,0,0.00,0.00,0.00\r\n2026-11,1,5.00,-2.00,3.00\r\n',
  )
})

it('a plate that a person made up cannot become a formula', () => {
  const { head, rows } = ordersTable([entry({ plate: '=1+1' })], say, 'zh')
  expect(csvFile(head, rows)).toContain(",'=1+1,")
})
