/** Filters: the query they become, what is kept of them, what can be widened. */
import { describe, expect, it } from 'vitest'
import { filtersKept, narrowedBy, searchQuery, sizeTyped, USUAL, widenings, type Filters } from '@/components/find/filters'

const here = { lon: 104.16532149, lat: 36.5461 }

describe('the query of a search', () => {
  it('says nothing of what is not asked for', () => {
    expect(searchQuery(USUAL, { from: here, to: null }, 'zh')).toEqual({
      lon: 104.165321,
      lat: 36.5461,
      stay_minutes: 60,
      vehicle_class: 'small',
      max_walk_minutes: 10,
      unknown: true,
      limit: 20,
      lang: 'zh',
    })
  })

  it('says all that is asked for', () => {
    const filters: Filters = {
      vehicle_class: 'new_energy_large',
      stay_min: 240,
      charging: true,
      accessible: true,
      height_mm: 2100,
      length_mm: 5999,
      max_price_fen: 500,
      max_walk_min: 5,
    }
    expect(searchQuery(filters, { from: here, to: { lon: 104.18, lat: 36.5 } }, 'en')).toEqual({
      lon: 104.165321,
      lat: 36.5461,
      dest_lon: 104.18,
      dest_lat: 36.5,
      stay_minutes: 240,
      vehicle_class: 'new_energy_large',
      height_mm: 2100,
      length_mm: 5999,
      charging: true,
      accessible: true,
      max_price_fen: 500,
      max_walk_minutes: 5,
      unknown: true,
      limit: 20,
      lang: 'en',
    })
  })

  it('keeps a price limit of nothing: only what is free of charge', () => {
    expect(searchQuery({ ...USUAL, max_price_fen: 0 }, { from: here, to: null }, 'zh')).toMatchObject({ max_price_fen: 0 })
  })
})

it('counts what narrows the search beyond the usual', () => {
  expect(narrowedBy(USUAL)).toBe(0)
  expect(narrowedBy({ ...USUAL, stay_min: 480, vehicle_class: 'large', max_walk_min: 20 })).toBe(0)
  expect(narrowedBy({ ...USUAL, charging: true, height_mm: 2000, max_price_fen: 0, max_walk_min: 3 })).toBe(4)
})

describe('what to widen', () => {
  const names = (filters: Filters, why: Parameters<typeof widenings>[1]) => widenings(filters, why).map((one) => one.what)

  it('outside the walk only a longer walk helps', () => {
    const [walk, ...rest] = widenings({ ...USUAL, charging: true, max_price_fen: 200 }, 'outside')
    expect(rest).toEqual([])
    expect(walk).toEqual({ what: 'walk', filters: { ...USUAL, charging: true, max_price_fen: 200, max_walk_min: 15 } })
  })

  it('names each thing that was narrowed, and nothing else', () => {
    const narrow: Filters = { ...USUAL, charging: true, accessible: true, height_mm: 2000, length_mm: 5000, max_price_fen: 500 }
    expect(names(narrow, 'none_fits')).toEqual(['walk', 'price', 'charging', 'accessible', 'height', 'length', 'stay'])
    expect(names(USUAL, 'none_free')).toEqual(['walk'])
    expect(names({ ...USUAL, max_walk_min: 20 }, 'none_free')).toEqual([])
    expect(names({ ...USUAL, max_walk_min: 20, stay_min: 30 }, 'none_fits')).toEqual([])
  })

  it('goes to the next price, and beyond the last one to any', () => {
    const price = (max_price_fen: number) =>
      widenings({ ...USUAL, max_price_fen }, 'none_fits').find((one) => one.what === 'price')?.filters.max_price_fen
    expect([200, 500, 1000, 2000].map(price)).toEqual([500, 1000, 2000, null])
  })

  it('offers the next shorter stay', () => {
    const stay = widenings({ ...USUAL, stay_min: 90 }, 'none_fits').find((one) => one.what === 'stay')
    expect(stay?.filters.stay_min).toBe(60)
  })
})

it.each([
  ['', null],
  ['  ', null],
  ['2.1', 2100],
  ['2,1 m', 2100],
  ['5米', 5000],
  ['1.999', 1999],
  ['30', 30_000],
  ['30.001', false],
  ['0', false],
  ['-2', false],
  ['2.1234', false],
  ['two', false],
] as const)('a size typed as "%s" is %s', (typed, expected) => {
  expect(sizeTyped(typed)).toBe(expected)
})

it('what was kept is read as far as it can be used', () => {
  expect(filtersKept(undefined)).toEqual(USUAL)
  expect(filtersKept('large')).toEqual(USUAL)
  expect(filtersKept({ vehicle_class: 'tank', stay_min: 0, max_walk_min: 61, height_mm: 2.5, charging: 'yes' })).toEqual(USUAL)
  const kept: Filters = { ...USUAL, vehicle_class: 'motorcycle', stay_min: 120, charging: true, max_price_fen: 0 }
  expect(filtersKept(JSON.parse(JSON.stringify(kept)))).toEqual(kept)
})
