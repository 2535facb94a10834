/** A day and a time of day as a driver chooses them for a price. */
import { cityTime, dayStartMs } from '@/lib/time'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Minutes of a day, from `8:30`, `08:30`, `0830` or `8点30`; undefined for anything else. `24:00` is the day's end. */
export function minutesOf(typed: string): number | undefined {
  const plain = typed.trim().replace(/[：点时.]/g, ':').replace(/分$/, '')
  const found = /^(\d{1,2}):?(\d{2})$/.exec(plain) ?? /^(\d{1,2}):?$/.exec(plain)
  if (!found) return undefined
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0)
  const inHour = Number(found[2] ?? 0) < 60
  return inHour && minutes <= 24 * 60 ? minutes : undefined
}

/** The instant of a time of day, `days` after the city's day of `now`. */
export function instantOf(now: number, days: number, minutes: number): number {
  return dayStartMs(now) + days * DAY_MS + minutes * MINUTE_MS
}

/** The stay that two times of day mean: leaving earlier than arriving is the next day. */
export function stayOf(now: number, days: number, from: number, to: number): { from: number; to: number } {
  const arrive = instantOf(now, days, from)
  const leave = instantOf(now, days, to)
  return { from: arrive, to: leave > arrive ? leave : leave + DAY_MS }
}

/** The next round quarter of an hour. */
export function nextQuarter(now: number): number {
  const quarter = 15 * MINUTE_MS
  return Math.ceil(now / quarter) * quarter
}

/** The dates that can be chosen, today first. */
export function daysAhead(now: number, count: number): { days: number; month: number; day: number; weekday: number }[] {
  return Array.from({ length: count }, (_unused, days) => {
    const { month, day, weekday } = cityTime(dayStartMs(now) + days * DAY_MS)
    return { days, month, day, weekday }
  })
}
