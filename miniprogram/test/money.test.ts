/** Money as people read it. */
import { describe, expect, it } from 'vitest'
import { differenceText, moneyText, parseYuan, plainMoney, spokenMoney, sumFen } from '@/lib/money'

describe('an amount in fen', () => {
  it.each([
    [0, '¥0.00'],
    [5, '¥0.05'],
    [300, '¥3.00'],
    [1205, '¥12.05'],
    [-1205, '-¥12.05'],
    [123_456_789, '¥1,234,567.89'],
    [100_000, '¥1,000.00'],
    // The largest whole number that a double holds exactly.
    [9_007_199_254_740_991, '¥90,071,992,547,409.91'],
  ])('%i is %s', (fen, text) => expect(moneyText(fen)).toBe(text))

  it('carries the sign of its currency, or its name', () => {
    expect(moneyText(1205, 'EUR')).toBe('€12.05')
    expect(moneyText(1205, 'JPY')).toBe('JP¥1,205')
    expect(moneyText(1205, 'CHF')).toBe('CHF 12.05')
  })

  it('as a difference says which way', () => {
    expect([differenceText(150), differenceText(0), differenceText(-150)]).toEqual(['+¥1.50', '¥0.00', '-¥1.50'])
  })

  it('is plain in a table and spoken by a screen reader', () => {
    expect(plainMoney(-5)).toBe('-0.05')
    expect(spokenMoney(350, 'zh')).toBe('3.50元')
    expect(spokenMoney(-350, 'zh')).toBe('负3.50元')
    expect(spokenMoney(350, 'en')).toBe('3.50 yuan')
  })
})

describe('a sum', () => {
  it('is exact', () => expect(sumFen([10, 20, -5])).toBe(25))
  it('refuses what is not whole fen', () => {
    expect(() => sumFen([0.1])).toThrow(RangeError)
    expect(() => sumFen([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError)
  })
})

describe('yuan as typed', () => {
  it.each([
    ['12', 1200],
    ['12.5', 1250],
    ['12.05', 1205],
    [' 0.07 ', 7],
    ['19.99', 1999],
    ['12.', undefined],
    ['12.055', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['', undefined],
  ])('%s', (typed, fen) => expect(parseYuan(typed)).toBe(fen))
})
