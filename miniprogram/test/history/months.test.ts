/** Sums by month in the city's time (Asia/Shanghai, +08:00). */
import { describe, expect, it } from 'vitest'
import { monthOf, monthsUntil, only, platesOf, sumOf, sumsByMonth } from '@/components/history/months'
import { entry } from '../invoice/entry'

describe('the month of an order', () => {
  it.each([
    // 16:00 UTC is midnight in the city.
    ['2026-10-31T15:59:59Z', '2026-10'],
    ['2026-10-31T16:00:00Z', '2026-11'],
    ['2026-12-31T16:00:00Z', '2027-01'],
    ['2026-11-01T00:30:00+08:00', '2026-11'],
  ])('%s is in %s', (opened_at, month) => {
    expect(monthOf(entry({ opened_at }))).toBe(month)
  })
})

it('months run on over the year, without gaps', () => {
  expect(monthsUntil('2026-02', 4)).toEqual(['2025-11', '2025-12', '2026-01', '2026-02'])
  expect(monthsUntil('2026-11', 1)).toEqual(['2026-11'])
})

describe('sums', () => {
  const orders = [
    entry({ paid_fen: 1_000, invoiceable_fen: 1_000 }),
    // Overpaid and given back: 250 back already, 50 on its way.
    entry({ paid_fen: 700, refunded_fen: 250, refunding_fen: 50 }),
    entry({ state: 'owing', paid_fen: 0, due_fen: 450, opened_at: '2026-10-31T15:00:00Z', left_at: '2026-10-31T16:30:00Z', plate: '甘DD00123' }),
    // On a balance 100.00, of which 20.00 was given back: no spending.
    entry({ subject: 'top_up', paid_fen: 10_000, refunded_fen: 2_000, plate: null, bay_codes: [], left_at: null }),
    entry({ state: 'void', paid_fen: 0, left_at: null }),
  ]

  it('refunds are below 0, top-ups are apart, what never was does not count', () => {
    // 65 minutes each for the first two (09:00 to 10:05 in the city).
    expect(sumsByMonth(orders, ['2026-09', '2026-10', '2026-11'])).toEqual([
      { month: '2026-09', orders: 0, paidFen: 0, refundFen: 0, spentFen: 0, dueFen: 0, topUpFen: 0, minutes: 0 },
      { month: '2026-10', orders: 1, paidFen: 0, refundFen: 0, spentFen: 0, dueFen: 450, topUpFen: 0, minutes: 90 },
      { month: '2026-11', orders: 2, paidFen: 1_700, refundFen: -300, spentFen: 1_400, dueFen: 0, topUpFen: 8_000, minutes: 130 },
    ])
  })

  it('the sum of all is the sum of the months', () => {
    const all = sumOf(orders)
    const months = sumsByMonth(orders, ['2026-10', '2026-11'])
    for (const key of ['orders', 'paidFen', 'refundFen', 'spentFen', 'dueFen', 'topUpFen', 'minutes'] as const) {
      expect(all[key]).toBe(months.reduce((sum, month) => sum + month[key], 0))
    }
  })

  it('stays whole fen over many orders', () => {
    const many = Array.from({ length: 1_000 }, () => entry({ paid_fen: 7 }))
    expect(sumOf(many).spentFen).toBe(7_000)
  })

  it('by vehicle and month', () => {
    expect(platesOf(orders)).toEqual(['甘D12345', '甘DD00123'])
    expect(only(orders, '2026-10', null)).toEqual([orders[2]])
    expect(only(orders, null, '甘D12345')).toEqual([orders[0], orders[1], orders[4]])
    expect(only(orders, '2026-11', '甘DD00123')).toEqual([])
  })
})
