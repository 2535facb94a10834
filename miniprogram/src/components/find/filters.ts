/** What a driver asks of a bay, how it becomes the query of a search, and what to widen when nothing was found. Pure. */

export const VEHICLE_CLASSES = ['small', 'new_energy_small', 'large', 'new_energy_large', 'motorcycle'] as const
export type VehicleClass = (typeof VEHICLE_CLASSES)[number]

export interface Filters {
  vehicle_class: VehicleClass
  stay_min: number
  charging: boolean
  accessible: boolean
  /** Null: not asked for. */
  height_mm: number | null
  length_mm: number | null
  max_price_fen: number | null
  max_walk_min: number
}

export const USUAL: Readonly<Filters> = {
  vehicle_class: 'small',
  stay_min: 60,
  charging: false,
  accessible: false,
  height_mm: null,
  length_mm: null,
  max_price_fen: null,
  max_walk_min: 10,
}

export const STAYS_MIN = [30, 60, 120, 240, 480] as const
export const WALKS_MIN = [3, 5, 10, 15, 20] as const
export const PRICES_FEN = [200, 500, 1000, 2000] as const
/** Limits of the API. */
const STAY_LIMIT_MIN = 10_080
const SIZE_LIMIT_MM = 30_000

export interface Place {
  lon: number
  lat: number
}

/** Whom the search is for: where the driver is, and where he wants to go if that is elsewhere. */
export interface Whereabouts {
  from: Place
  to: Place | null
}

/** The query of `GET /api/v1/search`; what is not asked for is left out. */
export function searchQuery(filters: Filters, where: Whereabouts, lang: 'zh' | 'en') {
  return {
    lon: degrees(where.from.lon),
    lat: degrees(where.from.lat),
    ...(where.to && { dest_lon: degrees(where.to.lon), dest_lat: degrees(where.to.lat) }),
    stay_minutes: filters.stay_min,
    vehicle_class: filters.vehicle_class,
    max_walk_minutes: filters.max_walk_min,
    ...(filters.height_mm !== null && { height_mm: filters.height_mm }),
    ...(filters.length_mm !== null && { length_mm: filters.length_mm }),
    ...(filters.charging && { charging: true }),
    ...(filters.accessible && { accessible: true }),
    ...(filters.max_price_fen !== null && { max_price_fen: filters.max_price_fen }),
    unknown: true,
    limit: 20,
    lang,
  }
}

/** How many filters narrow the search beyond the usual one; the class and the stay are not counted: one always has them. */
export function narrowedBy(filters: Filters): number {
  const narrow = [
    filters.charging,
    filters.accessible,
    filters.height_mm !== null,
    filters.length_mm !== null,
    filters.max_price_fen !== null,
    filters.max_walk_min < USUAL.max_walk_min,
  ]
  return narrow.filter(Boolean).length
}

/** What can be widened, and to what. */
export interface Widening {
  what: 'walk' | 'price' | 'charging' | 'accessible' | 'height' | 'length' | 'stay'
  filters: Filters
}

/** Why there is no hit, in the API's words. */
export type Nothing = 'outside' | 'none_fits' | 'none_free'

/** What might help, the likeliest first; nothing that was not narrowed. */
export function widenings(filters: Filters, why: Nothing): Widening[] {
  const list: Widening[] = []
  const offer = (what: Widening['what'], change: Partial<Filters>) => list.push({ what, filters: { ...filters, ...change } })
  const farther = WALKS_MIN.find((walk) => walk > filters.max_walk_min)
  if (farther !== undefined) offer('walk', { max_walk_min: farther })
  if (why === 'outside') return list
  const dearer = PRICES_FEN.find((price) => filters.max_price_fen !== null && price > filters.max_price_fen) ?? null
  if (filters.max_price_fen !== null) offer('price', { max_price_fen: dearer })
  if (filters.charging) offer('charging', { charging: false })
  if (filters.accessible) offer('accessible', { accessible: false })
  if (filters.height_mm !== null) offer('height', { height_mm: null })
  if (filters.length_mm !== null) offer('length', { length_mm: null })
  const shorter = [...STAYS_MIN].reverse().find((stay) => stay < filters.stay_min)
  if (why === 'none_fits' && shorter !== undefined) offer('stay', { stay_min: shorter })
  return list
}

/** Metres as typed ("2.1") in whole millimetres; null for an empty field, `false` for what is no size. */
export function sizeTyped(text: string): number | null | false {
  const plain = text.trim().replace(/[,，。]/, '.').replace(/\s*(m|米)$/i, '')
  if (plain === '') return null
  if (!/^\d{1,2}(\.\d{1,3})?$/.test(plain)) return false
  const mm = Math.round(Number(plain) * 1000)
  return mm >= 1 && mm <= SIZE_LIMIT_MM ? mm : false
}

/** Filters as they were kept on the device; what cannot be used any more is as usual. */
export function filtersKept(kept: unknown): Filters {
  if (typeof kept !== 'object' || kept === null) return { ...USUAL }
  const was = kept as Partial<Record<keyof Filters, unknown>>
  const whole = (value: unknown, least: number, most: number) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : null
  return {
    vehicle_class: VEHICLE_CLASSES.find((name) => name === was.vehicle_class) ?? USUAL.vehicle_class,
    stay_min: whole(was.stay_min, 1, STAY_LIMIT_MIN) ?? USUAL.stay_min,
    charging: was.charging === true,
    accessible: was.accessible === true,
    height_mm: whole(was.height_mm, 1, SIZE_LIMIT_MM),
    length_mm: whole(was.length_mm, 1, SIZE_LIMIT_MM),
    max_price_fen: whole(was.max_price_fen, 0, 100_000_000),
    max_walk_min: whole(was.max_walk_min, 0, 60) ?? USUAL.max_walk_min,
  }
}

/** Six decimals are 0.1 m: a query need not say more of where somebody is. */
function degrees(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
