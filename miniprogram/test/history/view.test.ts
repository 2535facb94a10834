import { describe, expect, it } from 'vitest'
import { ref, shallowRef } from 'vue'
import { onlyPaid } from '@/components/history/money'
import { invoicesOf, monthsOf, useView } from '@/components/history/view'
import type { Invoice } from '@/components/invoice/progress'
import { entry } from '../invoice/entry'
import { payment } from './paid'

const november = entry({ order_id: 'nov' })
const october = entry({ order_id: 'oct', opened_at: '2026-10-05T01:00:00Z', plate: '甘DD00123', paid_fen: 900 })

function invoice(id: string, orders: string[], at: string): Invoice {
  return {
    invoice_id: id, state: 'issued', colour: 'blue', regime: 'vat', order_ids: orders, gross_fen: 300, red_ids: [], documents: ['pdf'],
    requested_at: '2026-10-01T00:00:00Z', issued_at: at,
  }
}

describe('what is shown', () => {
  // 17:00 UTC on 31 October is 01:00 on 1 November in the city.
  const invoices = [invoice('a', ['nov'], '2026-10-31T17:00:00Z'), invoice('b', ['oct', 'nov'], '2026-10-31T15:00:00Z')]

  it('invoices by the month of their issue and by vehicle', () => {
    const ids = (month: string | null, plate: string | null) => invoicesOf(invoices, [november, october], month, plate).map((one) => one.invoice_id)
    expect(ids(null, null)).toEqual(['a', 'b'])
    expect(ids('2026-11', null)).toEqual(['a'])
    expect(ids('2026-10', null)).toEqual(['b'])
    expect(ids(null, '甘DD00123')).toEqual(['b'])
    expect(ids(null, '甘D12345')).toEqual(['a', 'b'])
    expect(ids('2026-11', '甘DD00123')).toEqual([])
  })

  it('months newest first, with that of now', () => {
    expect(monthsOf([october, november, october], '2026-12')).toEqual(['2026-12', '2026-11', '2026-10'])
    expect(monthsOf([], '')).toEqual([])
  })

  it('payments by the month in which their parking began; without one, in which they came', () => {
    const late = payment({ payment_id: 'late', order: october, succeeded_at: '2026-11-02T00:00:00Z' })
    const other = payment({ payment_id: 'other', succeeded_at: '2026-11-02T00:00:00Z' })
    const ids = (month: string | null, plate: string | null) => onlyPaid([late, other], month, plate).map(({ payment_id }) => payment_id)
    expect(ids('2026-10', null)).toEqual(['late'])
    expect(ids('2026-11', null)).toEqual(['other'])
    expect(ids(null, '甘DD00123')).toEqual(['late'])
    expect(ids(null, null)).toEqual(['late', 'other'])
  })

  it('sum, chart and table follow month and vehicle', () => {
    const view = useView({
      orders: shallowRef([november, october]), invoices: shallowRef(invoices), paid: shallowRef([payment({ order: october }), payment()]),
      now: ref('2026-11-20T00:00:00Z'),
    })
    expect(view.sum.value.spentFen).toBe(1_200)
    expect(view.chart.value.map((sum) => sum.spentFen)).toEqual([0, 0, 0, 0, 900, 300])
    view.plate.value = '甘DD00123'
    expect(view.sum.value.spentFen).toBe(900)
    expect(view.chart.value.map((sum) => sum.spentFen)).toEqual([0, 0, 0, 0, 900, 0])
    view.month.value = '2026-11'
    expect(view.shown.value).toEqual([])
    view.plate.value = null
    expect(view.table.value.rows).toHaveLength(1)
    view.tab.value = 'payments'
    expect(view.table.value.rows).toHaveLength(1)
    view.tab.value = 'invoices'
    expect(view.table.value.rows).toHaveLength(1)
  })
})
