/** The words of finding, put together in the language of now. */
import { language, t } from '@/locale'
import { moneyText } from '@/lib/money'
import { distanceText } from '@/lib/text'
import { clockText, ms } from '@/lib/time'
import { chancePct, chanceWord, trendMark, wholeMinutes } from './chance'
import type { Hit } from './contract'
import { PRICES_FEN, STAYS_MIN, VEHICLE_CLASSES, WALKS_MIN } from './filters'

export interface Choice {
  key: string
  text: string
}

/** `30 分钟`, `2 小时`, `1 个半小时`. */
export function stayWords(minutes: number): string {
  if (minutes % 60 === 0) return t('find.stay.hours', { n: minutes / 60 })
  if (minutes > 60 && minutes % 60 === 30) return t('find.stay.half', { n: Math.floor(minutes / 60) })
  return t('find.stay.minutes', { n: minutes })
}

export function stayChoices(): Choice[] {
  return STAYS_MIN.map((minutes) => ({ key: String(minutes), text: stayWords(minutes) }))
}

export function vehicleChoices(): Choice[] {
  return VEHICLE_CLASSES.map((name) => ({ key: name, text: t(`common.vehicle.${name}`) }))
}

export function walkChoices(): Choice[] {
  return WALKS_MIN.map((minutes) => ({ key: String(minutes), text: t('find.filters.walkMin', { n: minutes }) }))
}

/** The key of any price is empty. */
export function priceChoices(): Choice[] {
  const limits = PRICES_FEN.map((fen) => ({ key: String(fen), text: moneyText(fen) }))
  return [{ key: '', text: t('find.filters.any') }, ...limits]
}

export function walkWords(walk: Hit['walk']): string {
  return t('find.hits.walk', { distance: distanceText(walk.distance_m, language.value), n: wholeMinutes(walk.duration_s) })
}

/** `到时很可能有空位 83% ↘ 车在增多`. */
export function chanceWords(chance: number | null, trend: string | null): string {
  const word = t(`find.chance.${chanceWord(chance)}`)
  const number = chance === null ? '' : ` ${t('find.chance.pct', { n: chancePct(chance) })}`
  const known = trend === 'filling' || trend === 'stable' || trend === 'emptying'
  return known ? `${word}${number} · ${trendMark(trend)} ${t(`find.chance.trend.${trend}`)}` : `${word}${number}`
}

export function priceWords(hit: Pick<Hit, 'quote'>): string {
  if (!hit.quote) return t('find.hits.noPrice')
  return hit.quote.total_fen === 0 ? t('find.hits.free') : moneyText(hit.quote.total_fen)
}

/** What is particular about a bay: charging, limits, until when. */
export function traits(hit: Hit): string[] {
  const metres = (mm: number) => String(mm / 1000)
  return [
    hit.permitted_until && t('find.hits.until', { at: clockText(ms(hit.permitted_until)) }),
    hit.charging && t('find.hits.fits.charging'),
    hit.accessible && t('find.hits.fits.accessible'),
    hit.max_height_mm != null && t('find.hits.fits.height', { m: metres(hit.max_height_mm) }),
    hit.max_length_mm != null && t('find.hits.fits.length', { m: metres(hit.max_length_mm) }),
  ].filter((word): word is string => Boolean(word))
}
