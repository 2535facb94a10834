import { expect, it } from 'vitest'
import { monthLabel, monthName, shareOf } from '@/components/history/bars'

it.each([
  [0, 1_000, 0],
  [-300, 1_000, 0],
  [500, 1_000, 50],
  [1_000, 1_000, 100],
  [1, 100_000, 2],
  [0, 0, 0],
])('%i of %i is %i%% high', (fen, most, share) => {
  expect(shareOf(fen, most)).toBe(share)
})

it('months have names', () => {
  expect(monthLabel('2026-11', 'zh')).toBe('11月')
  expect(monthLabel('2026-01', 'en')).toBe('Jan')
  expect(monthName('2026-11', 'zh')).toBe('2026年11月')
  expect(monthName('2026-11', 'en')).toBe('Nov 2026')
})
