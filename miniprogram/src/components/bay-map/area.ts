/** Which part of the map to watch: the live stream takes at most 64 cells of 0.02°. Pure. */

export interface Area {
  west: number
  south: number
  east: number
  north: number
}

const CELL = 0.02
const CELLS_LIMIT = 64
/** Half the sides of what is watched when more is in sight, degrees: seven cells by seven at most. */
const HALF = 0.06

/**
 * What to watch for a view: a little more than it, so that a small move needs no new stream; around its middle when it is too
 * large for one.
 */
export function watchedArea(view: Area): Area {
  const wide = grown(view, 0.3)
  if (cells(wide) <= CELLS_LIMIT) return wide
  if (cells(view) <= CELLS_LIMIT) return view
  const lon = (view.west + view.east) / 2
  const lat = (view.south + view.north) / 2
  return clipped({ west: lon - HALF, south: lat - HALF, east: lon + HALF, north: lat + HALF })
}

/** Whether a view lies wholly in what is watched. */
export function covers(watched: Area, view: Area): boolean {
  return watched.west <= view.west && watched.south <= view.south && watched.east >= view.east && watched.north >= view.north
}

/** As the API wants it. */
export function bbox({ west, south, east, north }: Area): string {
  return [west, south, east, north].map((degrees) => degrees.toFixed(5)).join(',')
}

/** Around a place, `metres` to each side. */
export function areaAround(place: { lon: number; lat: number }, metres: number): Area {
  const lat = metres / 111_320
  const lon = lat / Math.max(0.01, Math.cos((place.lat * Math.PI) / 180))
  return clipped({ west: place.lon - lon, south: place.lat - lat, east: place.lon + lon, north: place.lat + lat })
}

/** The smallest rectangle around places; null without any. */
export function areaOf(places: readonly { lon: number; lat: number }[]): Area | null {
  if (places.length === 0) return null
  const lons = places.map((place) => place.lon)
  const lats = places.map((place) => place.lat)
  return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) }
}

/** How many cells a rectangle touches. */
export function cells({ west, south, east, north }: Area): number {
  const span = (from: number, to: number) => Math.floor(to / CELL) - Math.floor(from / CELL) + 1
  return span(west, east) * span(south, north)
}

function grown(area: Area, part: number): Area {
  const lon = (area.east - area.west) * part
  const lat = (area.north - area.south) * part
  return clipped({ west: area.west - lon, south: area.south - lat, east: area.east + lon, north: area.north + lat })
}

function clipped({ west, south, east, north }: Area): Area {
  const between = (degrees: number, limit: number) => Math.min(limit, Math.max(-limit, degrees))
  return { west: between(west, 180), south: between(south, 90), east: between(east, 180), north: between(north, 90) }
}
