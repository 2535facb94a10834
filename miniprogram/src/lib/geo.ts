/** Places on the ground, WGS-84, `[lon, lat]` in degrees as GeoJSON has them. */

export type LonLat = readonly [lon: number, lat: number]

const EARTH_RADIUS_M = 6_371_008.8
const RADIANS = Math.PI / 180

/** Metres along the great circle. */
export function distanceM(from: LonLat, to: LonLat): number {
  const north = (to[1] - from[1]) * RADIANS
  const east = (to[0] - from[0]) * RADIANS
  const h =
    Math.sin(north / 2) ** 2 + Math.cos(from[1] * RADIANS) * Math.cos(to[1] * RADIANS) * Math.sin(east / 2) ** 2
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** The rectangle `west,south,east,north` of a half-width around a place, as the API's `bbox`. */
export function bboxAround(at: LonLat, halfM: number): string {
  const lat = halfM / (EARTH_RADIUS_M * RADIANS)
  const lon = lat / Math.max(0.01, Math.cos(at[1] * RADIANS))
  return [at[0] - lon, at[1] - lat, at[0] + lon, at[1] + lat].map((degrees) => degrees.toFixed(6)).join(',')
}
