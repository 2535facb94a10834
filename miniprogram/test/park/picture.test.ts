/** The strip of a day, and times as they are typed. */
import { describe, expect, it } from 'vitest'
import { daysAhead, instantOf, minutesOf, nextQuarter, stayOf } from '@/lib/park/day-clock'
import { stripOf } from '@/lib/park/picture'

const at = (clock: string): string => `2026-09-15T${clock}:00+08:00`
const ms = (text: string): number => Date.parse(text)

describe('the strip of a day', () => {
  const day = {
    on: '2026-09-15',
    from: at('00:00'),
    to: '2026-09-16T00:00:00+08:00',
    ticks: [{ at: at('06:00'), hour: 6 }],
    windows: [
      { from: at('00:00'), to: at('06:00'), name: '夜间', charged: false, permitted: true },
      { from: at('06:00'), to: at('18:00'), name: '日间', charged: true, permitted: true },
      { from: at('18:00'), to: '2026-09-16T00:00:00+08:00', name: '', charged: true, permitted: false },
    ],
    stay: [
      { from: at('09:00'), to: at('12:00'), state: 'charged', charge: '3×1.00', cuts: [at('10:00'), at('11:00')] },
      { from: at('12:00'), to: at('12:01'), state: 'doubt', charge: null, cuts: [] },
    ],
  }

  it('lies in shares of its width', () => {
    const strip = stripOf(day)
    expect(strip.windows.map(({ left, width, kind }) => [left, width, kind])).toEqual([
      [0, 25, 'free'],
      [25, 50, 'charged'],
      [75, 25, 'not_permitted'],
    ])
    expect(strip.stay[0]).toMatchObject({ left: 37.5, width: 12.5, state: 'charged', charge: '3×1.00' })
    expect(strip.cuts).toEqual([41.67, 45.83])
    expect(strip.ticks).toEqual([{ left: 25, hour: 6 }])
  })

  it('shows a minute, too', () => {
    expect(stripOf(day).stay[1]).toMatchObject({ left: 50, width: 0.6, charge: '' })
  })
})

describe('times as typed', () => {
  it('are read in the ways people write them', () => {
    for (const [typed, minutes] of [
      ['8:30', 510],
      ['08：30', 510],
      ['0830', 510],
      ['8点30分', 510],
      ['8点', 480],
      ['8', 480],
      ['24:00', 1440],
      ['24:01', undefined],
      ['8:75', undefined],
      ['早上', undefined],
      ['', undefined],
    ] as const) {
      expect(minutesOf(typed)).toBe(minutes)
    }
  })

  it('are instants of the city', () => {
    const now = ms(at('10:07'))
    expect(instantOf(now, 0, 510)).toBe(ms(at('08:30')))
    expect(stayOf(now, 1, 22 * 60, 60)).toEqual({ from: ms('2026-09-16T22:00:00+08:00'), to: ms('2026-09-17T01:00:00+08:00') })
    expect(stayOf(now, 0, 480, 600)).toEqual({ from: ms(at('08:00')), to: ms(at('10:00')) })
    expect(nextQuarter(now)).toBe(ms(at('10:15')))
    expect(nextQuarter(ms(at('10:15')))).toBe(ms(at('10:15')))
  })

  it('are chosen among the days ahead, over the end of a month', () => {
    expect(daysAhead(ms('2026-09-30T23:30:00+08:00'), 2)).toEqual([
      { days: 0, month: 9, day: 30, weekday: 3 },
      { days: 1, month: 10, day: 1, weekday: 4 },
    ])
  })
})
