import { describe, expect, it } from 'vitest'
import { allTogether, chosenFen, clash, ORDERS_LIMIT, toggled, whyNot } from '@/components/invoice/selection'
import { entry } from './entry'

const nothing = { invoiceable_fen: 0 }

describe('why an order cannot be invoiced', () => {
  it.each([
    ['paid, nothing invoiced yet', {}, null],
    ['paid, half of it invoiced', { invoiced_fen: 150, invoiceable_fen: 150 }, null],
    ['still parked, a part paid', { ...nothing, state: 'open' }, 'parked'],
    ['left, not paid', { ...nothing, state: 'due', paid_fen: 0 }, 'unpaid'],
    ['in arrears', { ...nothing, state: 'owing', paid_fen: 0 }, 'unpaid'],
    ['covered by a pass', { ...nothing, state: 'pass', paid_fen: 0 }, 'free'],
    ['free', { ...nothing, state: 'free', paid_fen: 0 }, 'free'],
    ['paid 0 with a coupon', { ...nothing, paid_fen: 0 }, 'free'],
    ['top-up', { ...nothing, subject: 'top_up' }, 'top_up'],
    ['all invoiced', { ...nothing, invoiced_fen: 300 }, 'invoiced'],
    ['all refunded', { ...nothing, refunded_fen: 300 }, 'refunded'],
    ['all on its way back', { ...nothing, refunding_fen: 300 }, 'refunded'],
  ] as const)('%s', (_, changes, why) => {
    expect(whyNot(entry(changes))).toBe(why)
  })
})

describe('choosing', () => {
  it('adds, takes out, and sums what is left of each in fen', () => {
    const [one, half] = [entry(), entry({ invoiced_fen: 150, invoiceable_fen: 151 })]
    const both = toggled(half, toggled(one, []))
    expect(chosenFen(both)).toBe(451)
    expect(chosenFen(toggled(one, both))).toBe(151)
  })

  it('never mixes payees or regimes', () => {
    const [company, treasury] = [entry(), entry({ payee_id: 'treasury', regime: 'non_tax' })]
    expect(clash(treasury, [company])).toBe('other_payee')
    expect(clash(entry({ regime: 'non_tax' }), [company])).toBe('other_payee')
    expect(toggled(treasury, [company])).toEqual([company])
  })

  it('takes no order that has nothing to invoice', () => {
    expect(toggled(entry({ ...nothing, invoiced_fen: 300 }), [])).toEqual([])
  })

  it('all that go together: one payee, at most 100, those chosen first', () => {
    const orders = [entry({ payee_id: 'other' }), ...Array.from({ length: 120 }, () => entry())]
    const chosen = allTogether(orders, [orders[5]!])
    expect(chosen).toHaveLength(ORDERS_LIMIT)
    expect(chosen[0]).toBe(orders[5])
    expect(chosen.every((order) => order.payee_id === 'company')).toBe(true)
    expect(new Set(chosen.map((order) => order.order_id)).size).toBe(ORDERS_LIMIT)
    expect(clash(orders[120]!, chosen)).toBe('too_many')
  })
})
