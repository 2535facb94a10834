/** Places that were looked for, newest first: kept on this device only, never sent. Pure. */

export interface FoundPlace {
  /** `bay`, `street`, `block` or `named`. */
  kind: string
  name: string
  name_en: string
  lon: number
  lat: number
}

const KEPT = 8

/** The list with a place at its head; the same place is not kept twice. */
export function withRecent(list: readonly FoundPlace[], place: FoundPlace): FoundPlace[] {
  return [place, ...list.filter((other) => !same(other, place))].slice(0, KEPT)
}

export function withoutRecent(list: readonly FoundPlace[], place: FoundPlace): FoundPlace[] {
  return list.filter((other) => !same(other, place))
}

/** What was kept, without what cannot be a place. */
export function recentKept(kept: unknown): FoundPlace[] {
  return Array.isArray(kept) ? kept.filter(isPlace).slice(0, KEPT) : []
}

/** The name in the language asked for, the Chinese one where there is no other. */
export function placeName(place: FoundPlace, lang: 'zh' | 'en'): string {
  return lang === 'en' && place.name_en ? place.name_en : place.name
}

function same(a: FoundPlace, b: FoundPlace): boolean {
  return a.kind === b.kind && a.name === b.name && Math.abs(a.lon - b.lon) < 1e-4 && Math.abs(a.lat - b.lat) < 1e-4
}

function isPlace(value: unknown): value is FoundPlace {
  if (typeof value !== 'object' || value === null) return false
  const place = value as Record<string, unknown>
  const degrees = (at: unknown, limit: number) => typeof at === 'number' && Math.abs(at) <= limit
  return (
    typeof place.kind === 'string' &&
    typeof place.name === 'string' &&
    place.name !== '' &&
    typeof place.name_en === 'string' &&
    degrees(place.lon, 180) &&
    degrees(place.lat, 90)
  )
}
