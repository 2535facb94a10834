/** Between datums. The values are those of the read-me of coordtransform, a program of other authors. */
import { describe, expect, it } from 'vitest'
import { toBd09, toGcj02, toWgs84 } from '@/lib/datum'
import { bboxAround, distanceM, type LonLat } from '@/lib/geo'

const NEAR_M = 0.2

describe('a place', () => {
  it('in Beijing is moved as other programs move it', () => {
    expect(distanceM(toGcj02([116.404, 39.915]), [116.41024449916938, 39.91640428150164])).toBeLessThan(NEAR_M)
  })

  it('comes back to where it was', () => {
    for (const at of [[104.1389, 36.5447], [114.0579, 22.5431], [87.6168, 43.8256]] as LonLat[]) {
      expect(distanceM(toWgs84(toGcj02(at)), at)).toBeLessThan(NEAR_M)
    }
  })

  it('outside of China stays', () => expect(toGcj02([2.3522, 48.8566])).toEqual([2.3522, 48.8566]))

  it('is moved further for Baidu', () => {
    // GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021.
    const moved = toBd09(toWgs84([116.404, 39.915]))
    expect(distanceM(moved, [116.41036949371029, 39.92133699351021])).toBeLessThan(NEAR_M * 2)
  })
})

describe('distances', () => {
  it('a degree of a meridian of the mean sphere is 111,195 m', () => {
    expect(distanceM([104, 36], [104, 37])).toBeCloseTo(111_195.08, 1)
  })
  it('a box reaches as far each way', () => {
    const [west, south, east, north] = bboxAround([104.1389, 36.5447], 500).split(',').map(Number) as [number, number, number, number]
    expect(distanceM([west, 36.5447], [104.1389, 36.5447])).toBeCloseTo(500, -1)
    expect(distanceM([104.1389, south], [104.1389, north])).toBeCloseTo(1000, -1)
    expect(east).toBeGreaterThan(west)
  })
})
