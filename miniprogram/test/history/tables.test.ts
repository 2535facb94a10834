/** What the exported rows say; the words themselves stand in the locale. */
import { expect, it } from 'vitest'
import { csvFile } from '@/components/history/csv'
import { paymentLines, refundLines } from '@/components/history/money'
import { monthsTable, ordersTable, paymentsTable, refundsTable } from '@/components/history/tables'
import { sumsByMonth } from '@/components/history/months'
import { entry } from '../invoice/entry'
import { payment, refund } from './paid'

const say = (key: string) => key.split('.').slice(-1)[0]!

const order = entry({ order_id: 'o1', paid_fen: 500, refunded_fen: 200, invoiced_fen: 300, invoiceable_fen: 0 })
const paid = [
  payment({ order, refunded_fen: 200, refunds: [refund()] }),
  // Paid at a bay for somebody else: nothing is known of the parking.
  payment({ payment_id: 'p2', amount_fen: 100, succeeded_at: '2026-11-05T02:00:00Z' }),
]

it('an order: times of the city, what was given up taken off the fee, refunds below 0', () => {
  const { head, rows } = ordersTable([entry({ ...order, total_fen: 400, waived_fen: 100 })], say, 'zh')
  expect(rows[0]).toEqual([
    '2026-11-03 09:00', '2026-11-03 10:05', '甘D12345', 'TS01', 'visit', '已结清', '3.00', '5.00', '-2.00', '3.00',
    '示例停车公司', 'o1',
  ])
  expect(head).toHaveLength(rows[0]!.length)
})

it('payments with what went back of them, newest first', () => {
  expect(paymentsTable(paymentLines(paid), say).rows).toEqual([
    ['2026-11-05 10:00', '', '', '1.00', '0.00', 'wechat', '示例停车公司', ''],
    ['2026-11-03 10:10', '甘D12345', 'TS01', '5.00', '-2.00', 'wechat', '示例停车公司', 'o1'],
  ])
})

it('refunds are below 0', () => {
  const table = refundsTable(refundLines(paid), say)
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
