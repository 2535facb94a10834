/** What the maps draw: the part that is watched, groups, signs, markers, features. */
import { describe, expect, it } from 'vitest'
import { areaAround, areaOf, bbox, cells, covers, watchedArea } from '@/components/bay-map/area'
import type { SeenBay } from '@/components/bay-map/bay-book'
import { clusters } from '@/components/bay-map/cluster'
import { groupFeatures, hitFeatures, wayFeatures } from '@/components/bay-map/drawn'
import { drawSign, LIGHT, PAPER, SIGNS, type Picture } from '@/components/bay-map/icons'
import { markersOf, polylinesOf } from '@/components/bay-map/markers'

function bay(bay_code: string, lon: number, lat: number, state: SeenBay['state'] = 'free'): SeenBay {
  return { bay_code, lon, lat, state, bay_no: null, observed_at: null, version: 1 }
}

describe('the part that is watched', () => {
  it('is a little more than what is in sight', () => {
    const view = { west: 104.16, south: 36.54, east: 104.18, north: 36.56 }
    const watched = watchedArea(view)
    expect(bbox(watched)).toBe('104.15400,36.53400,104.18600,36.56600')
    expect(covers(watched, view)).toBe(true)
    expect(covers(watched, { ...view, east: 104.19 })).toBe(false)
  })

  it('never asks for more than the stream takes', () => {
    for (const half of [0.001, 0.05, 0.07, 0.08, 0.5, 10, 170]) {
      const view = { west: -half, south: -half / 2, east: half, north: half / 2 }
      expect(cells(watchedArea(view)), String(half)).toBeLessThanOrEqual(64)
    }
  })

  it('is so many metres around a place', () => {
    // 1,113.2 m are 0.01° of latitude; at 60° north twice as many degrees of longitude.
    const area = areaAround({ lon: 10, lat: 60 }, 1_113.2)
    expect([area.west, area.south, area.east, area.north].map((degrees) => Number(degrees.toFixed(4)))).toEqual([9.98, 59.99, 10.02, 60.01])
    expect(areaOf([])).toBeNull()
    expect(areaOf([bay('A', 1, 4), bay('B', 3, 2)])).toEqual({ west: 1, south: 2, east: 3, north: 4 })
  })
})

describe('groups', () => {
  const near = [bay('A', 104.17, 36.55), bay('B', 104.17002, 36.55002, 'occupied'), bay('C', 104.17001, 36.55001, 'unknown')]
  it('count what is free, and of how many is known', () => {
    const [group, ...rest] = clusters([...near, bay('D', 104.3, 36.7, 'unknown')], 13)
    expect(rest).toHaveLength(1)
    expect([group, ...rest].map((one) => [one?.bays, one?.known, one?.free]).sort()).toEqual([[1, 0, 0], [3, 2, 1]])
  })

  it('break up with the zoom', () => {
    const street = [bay('A', 104.17, 36.55), bay('B', 104.18, 36.55)]
    expect(clusters(street, 8)).toHaveLength(1)
    expect(clusters(street, 16)).toHaveLength(2)
  })

  it('of which nothing is known are not shown as full', () => {
    const labels = (bays: SeenBay[]) => groupFeatures(clusters(bays, 13), (at) => at).features.map((one) => one.properties.label)
    expect(labels([bay('A', 104.17, 36.55, 'unknown')])).toEqual(['?'])
    expect(labels([bay('A', 104.17, 36.55, 'occupied')])).toEqual(['0'])
  })
})

describe('signs', () => {
  const at = ({ width, data }: Picture, x: number, y: number) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 4)]
  const sign = (name: (typeof SIGNS)[number]) => drawSign(name, 48, LIGHT[name], PAPER.light)

  it('differ in shape: the middle is full where a bay is free, and empty in a ring', () => {
    expect(at(sign('free'), 24, 24)).toEqual([...LIGHT.free, 255])
    expect(at(sign('occupied'), 24, 24)).toEqual([255, 255, 255, 255])
    expect(at(sign('unknown'), 24, 24)).toEqual([255, 255, 255, 255])
  })

  it('have a ring without gaps for occupied, and one of dashes for unknown', () => {
    const round = (picture: Picture, ink: readonly number[]) => {
      const points = Array.from({ length: 72 }, (_nothing, index) => (index * Math.PI) / 36)
      return points.filter((angle) => {
        const point = at(picture, Math.floor(24 + 24 * 0.62 * Math.cos(angle)), Math.floor(24 + 24 * 0.62 * Math.sin(angle)))
        return ink.every((channel, index) => point[index] === channel)
      }).length
    }
    expect(round(sign('occupied'), LIGHT.occupied)).toBe(72)
    expect(round(sign('unknown'), LIGHT.unknown)).toBeGreaterThan(28)
    expect(round(sign('unknown'), LIGHT.unknown)).toBeLessThan(50)
  })

  it('leave the corners clear', () => {
    for (const name of SIGNS) expect(at(sign(name), 0, 0)[3], name).toBe(0)
  })
})

describe('what is drawn', () => {
  it('is in the datum of the map', () => {
    const hits = hitFeatures([{ bay_code: 'A', lon: 104, lat: 36, state: 'free', label: '¥3.00' }], ([lon, lat]) => [lon + 1, lat + 1])
    expect(hits.features[0]?.geometry.coordinates).toEqual([105, 37])
    expect(hits.features[0]?.properties).toEqual({ code: 'A', state: 'free', label: '¥3.00', rank: 0 })
  })

  it('has no line of a single place', () => {
    expect(wayFeatures({ drive: [[1, 2]], walk: [] }, (at) => at).features).toEqual([])
    expect(wayFeatures({ drive: [[1, 2], [3, 4]], walk: [] }, (at) => at).features.map((line) => line.properties.by)).toEqual(['drive'])
  })
})

describe('markers of the mini-program', () => {
  const word = (state: string) => `word of ${state}`
  const hit = { bay_code: 'A', lon: 104.17, lat: 36.55, state: 'free' as const, label: '¥3.00' }

  it('draw a hit once, in GCJ-02, with a word for its state', () => {
    const [one, ...rest] = markersOf({ bays: [bay('A', 104.17, 36.55)], hits: [hit], marks: [], zoom: 17, word })
    expect(rest).toEqual([])
    expect(one?.bay_code).toBe('A')
    expect(one?.marker.ariaLabel).toBe('A word of free ¥3.00')
    // The two datums are some hundred metres apart in Gansu.
    expect(Math.abs((one?.marker.longitude ?? 0) - 104.17)).toBeGreaterThan(0.001)
    expect(Math.abs((one?.marker.longitude ?? 0) - 104.17)).toBeLessThan(0.01)
  })

  it('are groups from afar, and never too many', () => {
    const many = Array.from({ length: 1000 }, (_nothing, index) => bay(`B${index}`, 104 + index / 1e4, 36.5))
    expect(markersOf({ bays: many, hits: [], marks: [], zoom: 17, word })).toHaveLength(150)
    const groups = markersOf({ bays: many, hits: [], marks: [], zoom: 12, word })
    expect(groups.length).toBeLessThan(40)
    expect(groups.every((group) => group.bay_code === null)).toBe(true)
    expect(new Set(markersOf({ bays: many, hits: [hit], marks: [], zoom: 17, word }).map((one) => one.marker.id)).size).toBe(150)
  })

  it('draw the walk dotted', () => {
    const lines = polylinesOf({ drive: [[104, 36], [104.1, 36]], walk: [[104.1, 36], [104.1, 36.1]] }, '#0B6E6E')
    expect(lines.map((line) => line.dottedLine)).toEqual([false, true])
    expect(polylinesOf(null, '#0B6E6E')).toEqual([])
  })
})
