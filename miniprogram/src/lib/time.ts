/**
 * Times as people of the city read them. Instants are UTC inside and shown in the zone of the city.
 *
 * The mini-program's engine has no time zones of its own (`Intl` is missing on many phones), so a zone is
 * its offset: the API's city is in China, whose clocks have been 8 h ahead of UTC all year since 1992.
 */

export type Language = 'zh' | 'en'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Offset of the city's clocks from UTC. */
export const CITY_OFFSET_MS = 8 * HOUR_MS

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** An instant of the API in milliseconds. */
export function ms(at: string): number {
  const read = Date.parse(at)
  if (Number.isNaN(read)) throw new RangeError(`not an instant: ${at}`)
  return read
}

/** Milliseconds as the API reads instants. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString()
}

export interface CityTime {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** 0 is Sunday. */
  weekday: number
}

/** What the city's calendar and clocks show at an instant. */
export function cityTime(atMs: number): CityTime {
  const local = new Date(atMs + CITY_OFFSET_MS)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    weekday: local.getUTCDay(),
  }
}

/** The instant of a city's date and time; `month` is 1 to 12. */
export function cityMs(year: number, month: number, day: number, hour = 0, minute = 0): number {
  return Date.UTC(year, month - 1, day, hour, minute) - CITY_OFFSET_MS
}

/** Midnight at which the city's day of an instant began. */
export function dayStartMs(atMs: number): number {
  return Math.floor((atMs + CITY_OFFSET_MS) / DAY_MS) * DAY_MS - CITY_OFFSET_MS
}

/** `08:05`. */
export function clockText(atMs: number): string {
  const { hour, minute } = cityTime(atMs)
  return `${two(hour)}:${two(minute)}`
}

/** `2026-09-15`. */
export function dateText(atMs: number): string {
  const { year, month, day } = cityTime(atMs)
  return `${year}-${two(month)}-${two(day)}`
}

/** `2026-09`. */
export function monthText(atMs: number): string {
  return dateText(atMs).slice(0, 7)
}

/** `9月15日` or `15 Sep`. */
export function dayText(atMs: number, language: Language): string {
  const { month, day } = cityTime(atMs)
  return language === 'zh' ? `${month}月${day}日` : `${day} ${MONTHS[month - 1] ?? ''}`
}

/** `今天 08:05`, `昨天 08:05`, `9月15日 08:05`, and with the year if it is another one. */
export function momentText(atMs: number, nowMs: number, language: Language): string {
  const days = Math.round((dayStartMs(nowMs) - dayStartMs(atMs)) / DAY_MS)
  const clock = clockText(atMs)
  const near: Record<number, [string, string]> = { 0: ['今天', 'today'], 1: ['昨天', 'yesterday'], [-1]: ['明天', 'tomorrow'] }
  const word = near[days]
  if (word) return `${language === 'zh' ? word[0] : word[1]} ${clock}`
  const { year } = cityTime(atMs)
  if (year === cityTime(nowMs).year) return `${dayText(atMs, language)} ${clock}`
  return language === 'zh' ? `${year}年${dayText(atMs, language)} ${clock}` : `${dayText(atMs, language)} ${year} ${clock}`
}

/** `2 小时 14 分`, `2 h 14 min`; under a minute `不到 1 分钟`. Rounded down: nobody stood longer than that. */
export function durationText(forMs: number, language: Language): string {
  const minutes = Math.floor(Math.max(0, forMs) / MINUTE_MS)
  if (minutes === 0) return language === 'zh' ? '不到 1 分钟' : 'under 1 min'
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const rest = minutes % 60
  const [d, h, m] = language === 'zh' ? ['天', '小时', '分'] : ['d', 'h', 'min']
  if (language === 'zh' && days === 0 && hours === 0) return `${rest} 分钟`
  const parts = [days > 0 && `${days} ${d}`, hours > 0 && `${hours} ${h}`, rest > 0 && `${rest} ${m}`]
  return parts.filter(Boolean).join(' ')
}

/** `刚刚`, `3 分钟前`, `2 小时前`, `5 天前`. */
export function agoText(forMs: number, language: Language): string {
  const age = Math.max(0, forMs)
  if (age < MINUTE_MS) return language === 'zh' ? '刚刚' : 'just now'
  const [count, zh, en] =
    age < HOUR_MS
      ? [Math.floor(age / MINUTE_MS), '分钟前', 'min ago']
      : age < DAY_MS
        ? [Math.floor(age / HOUR_MS), '小时前', 'h ago']
        : [Math.floor(age / DAY_MS), '天前', 'd ago']
  return `${count} ${language === 'zh' ? zh : en}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
