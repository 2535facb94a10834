/** The picture of a bill, by hand-made bills. */
import { describe, expect, it } from 'vitest'
import { lengthOf, stripDays } from '@/lib/day-strip'
import { ms } from '@/lib/time'

const HOUR = 3_600_000
const line = (from: string, to: string, rule: string, amount_fen: number) => ({ from, to, rule, amount_fen })

describe('a stay of one day', () => {
  // 08:00 to 14:00 in the city: half an hour free, charged until noon, then a cap, then a doubt.
  const lines = [
    line('2026-09-15T00:00:00Z', '2026-09-15T00:30:00Z', 'free_minutes', 0),
    line('2026-09-15T00:30:00Z', '2026-09-15T04:00:00Z', 'tier', 700),
    line('2026-09-15T04:00:00Z', '2026-09-15T04:00:00Z', 'day_cap', -200),
    line('2026-09-15T04:00:00Z', '2026-09-15T06:00:00Z', 'doubt', 0),
  ]
  const days = stripDays(lines, ms('2026-09-15T00:00:00Z'), ms('2026-09-15T06:00:00Z'))

  it('is one strip, eight hours into the day', () => {
    expect(days).toHaveLength(1)
    expect(days[0]?.stay).toEqual({ from: 8 / 24, to: 14 / 24 })
  })
  it('shows what was free, charged and in doubt, and where the cap cut', () => {
    expect(lengthOf(days, 'free')).toBe(0.5 * HOUR)
    expect(lengthOf(days, 'paid')).toBe(3.5 * HOUR)
    expect(lengthOf(days, 'doubt')).toBe(2 * HOUR)
    expect(days[0]?.caps).toEqual([{ at: 0.5, cut_fen: 200 }])
  })
  it('leaves lines out that say nothing of time', () => {
    const coupon = line('2026-09-15T00:00:00Z', '2026-09-15T06:00:00Z', 'coupon', -100)
    expect(stripDays([coupon], ms(coupon.from), ms(coupon.to))[0]?.segments).toEqual([])
  })
})

describe('a stay over midnight', () => {
  it('has a strip for each day of the city', () => {
    // 23:00 to 01:00.
    const lines = [line('2026-09-15T15:00:00Z', '2026-09-15T17:00:00Z', 'tier', 100)]
    const days = stripDays(lines, ms('2026-09-15T15:00:00Z'), ms('2026-09-15T17:00:00Z'))
    expect(days.map((day) => day.stay)).toEqual([{ from: 23 / 24, to: 1 }, { from: 0, to: 1 / 24 }])
    expect(lengthOf(days, 'paid')).toBe(2 * HOUR)
  })
})
