/** Doubt and standing. */
import { describe, expect, it } from 'vitest'
import { doubtOf } from '@/lib/park/doubt'
import { canAppeal, givenBack, paidTwice, payableFen, standingOf, type OrderWord } from '@/lib/park/standing'

const order = (more: Partial<OrderWord>): OrderWord => ({
  state: 'open',
  total_fen: 0,
  paid_fen: 0,
  refunding_fen: 0,
  refunded_fen: 0,
  due_fen: 0,
  ...more,
})

describe('the doubt', () => {
  it('grows with the time since the bay was asked for', () => {
    expect(doubtOf({ state: 'unknown', age_s: 700 }, 20.9)).toEqual({ kind: 'silent', ageS: 720 })
    expect(doubtOf({ state: 'occupied', age_s: 60 }, -5)).toEqual({ kind: 'none', ageS: 60 })
    expect(doubtOf({ state: 'free', age_s: 30 }, 0)).toEqual({ kind: 'empty', ageS: 30 })
    expect(doubtOf({ state: 'unknown', age_s: null }, 60)).toEqual({ kind: 'never' })
  })
})

describe('where an order stands', () => {
  it('tells parked from leaving while it is open', () => {
    const stay = (state: string): OrderWord => order({ stays: [{ state, left_at: null }] })
    expect(standingOf(stay('present'))).toBe('parked')
    expect(standingOf(stay('left'))).toBe('leaving')
    expect(standingOf(order({ stays: [{ state: 'left', left_at: null }, { state: 'present', left_at: null }] }))).toBe('parked')
  })

  it('says what can be paid', () => {
    expect(payableFen(order({ running: { payable_fen: 200 } }))).toBe(200)
    expect(payableFen(order({ state: 'due', due_fen: 300 }))).toBe(300)
    expect(payableFen(order({ state: 'paid', due_fen: -100 }))).toBe(0)
    expect(payableFen(order({ state: 'due', due_fen: -5 }))).toBe(0)
  })

  it('knows what was paid twice', () => {
    const through = [{ state: 'succeeded' }, { state: 'succeeded' }, { state: 'closed' }]
    const twice = order({ state: 'paid', total_fen: 300, paid_fen: 600, refunding_fen: 300, payments: through })
    expect(paidTwice(twice)).toBe(true)
    expect(givenBack(twice)).toEqual({ underWayFen: 300, doneFen: 0 })
    expect(paidTwice({ ...twice, payments: [{ state: 'succeeded' }] })).toBe(false)
    expect(givenBack(order({ state: 'paid', total_fen: 300, paid_fen: 300 }))).toBeNull()
  })

  it('takes appeals against final bills of something', () => {
    expect(canAppeal(order({ state: 'due', total_fen: 300 }))).toBe(true)
    expect(canAppeal(order({ state: 'paid', total_fen: 300 }))).toBe(true)
    expect(canAppeal(order({ state: 'open', total_fen: 0 }))).toBe(false)
    expect(canAppeal(order({ state: 'free', total_fen: 0 }))).toBe(false)
  })
})
