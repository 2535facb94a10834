/** Times as the city's clocks show them, wherever the phone is. */
import { describe, expect, it } from 'vitest'
import { agoText, cityMs, cityTime, clockText, dateText, dayStartMs, dayText, durationText, iso, momentText, monthText, ms } from '@/lib/time'
import { cityNow, setClock } from '@/lib/clock'

const at = (text: string) => ms(text)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('an instant in the city', () => {
  it('is eight hours ahead of UTC, across the border of a day', () => {
    expect(clockText(at('2026-09-15T00:05:00Z'))).toBe('08:05')
    expect(dateText(at('2026-09-15T15:59:59Z'))).toBe('2026-09-15')
    expect(dateText(at('2026-09-15T16:00:00Z'))).toBe('2026-09-16')
    expect(monthText(at('2026-09-30T16:00:00Z'))).toBe('2026-10')
  })

  it('has the weekday of the city', () => {
    // 15 September 2026 is a Tuesday.
    expect(cityTime(at('2026-09-15T00:00:00Z')).weekday).toBe(2)
    expect(cityTime(at('2026-09-15T16:00:00Z')).weekday).toBe(3)
  })

  it('goes there and back', () => {
    expect(iso(cityMs(2026, 9, 15, 8, 5))).toBe('2026-09-15T00:05:00.000Z')
    expect(iso(dayStartMs(at('2026-09-15T15:59:59Z')))).toBe('2026-09-14T16:00:00.000Z')
    expect(iso(dayStartMs(at('2026-09-14T16:00:00Z')))).toBe('2026-09-14T16:00:00.000Z')
  })

  it('refuses what is none', () => expect(() => ms('yesterday')).toThrow(RangeError))
})

describe('a moment, seen from now', () => {
  const now = at('2026-09-15T04:00:00Z')
  it.each([
    ['2026-09-15T00:05:00Z', '今天 08:05', 'today 08:05'],
    ['2026-09-14T15:59:00Z', '昨天 23:59', 'yesterday 23:59'],
    ['2026-09-15T16:00:00Z', '明天 00:00', 'tomorrow 00:00'],
    ['2026-09-01T00:05:00Z', '9月1日 08:05', '1 Sep 08:05'],
    ['2025-12-31T15:59:00Z', '2025年12月31日 23:59', '31 Dec 2025 23:59'],
  ])('%s', (text, zh, en) => {
    expect(momentText(at(text), now, 'zh')).toBe(zh)
    expect(momentText(at(text), now, 'en')).toBe(en)
  })
  it('has a day without a clock', () => expect([dayText(now, 'zh'), dayText(now, 'en')]).toEqual(['9月15日', '15 Sep']))
})

describe('a duration', () => {
  it.each([
    [0, '不到 1 分钟', 'under 1 min'],
    [59_999, '不到 1 分钟', 'under 1 min'],
    [MINUTE, '1 分钟', '1 min'],
    [2 * HOUR + 14 * MINUTE + 59_000, '2 小时 14 分', '2 h 14 min'],
    [2 * HOUR, '2 小时', '2 h'],
    [26 * HOUR + MINUTE, '1 天 2 小时 1 分', '1 d 2 h 1 min'],
    [-5, '不到 1 分钟', 'under 1 min'],
  ])('%i ms', (forMs, zh, en) => {
    expect(durationText(forMs, 'zh')).toBe(zh)
    expect(durationText(forMs, 'en')).toBe(en)
  })
})

describe('an age', () => {
  it.each([
    [30_000, '刚刚', 'just now'],
    [3 * MINUTE, '3 分钟前', '3 min ago'],
    [119 * MINUTE, '1 小时前', '1 h ago'],
    [49 * HOUR, '2 天前', '2 d ago'],
  ])('%i ms', (forMs, zh, en) => {
    expect(agoText(forMs, 'zh')).toBe(zh)
    expect(agoText(forMs, 'en')).toBe(en)
  })
})

describe('city time on the phone', () => {
  it('goes on at the speed that the gateway told', () => {
    setClock({ now: '2026-09-15T00:00:00Z', speed: 60 }, 1_000)
    // Two of the phone's seconds are two of the city's minutes.
    expect(iso(cityNow(3_000))).toBe('2026-09-15T00:02:00.000Z')
  })
})
