/** Bays too many to draw one by one: groups of those near each other on the screen, with how many are free. Pure. */
import type { SeenBay } from './bay-book'

export interface Cluster {
  /** The same for the same group at the same zoom, so that a map may keep what it drew. */
  id: string
  lon: number
  lat: number
  free: number
  /** Free and occupied: those whose state is known. */
  known: number
  bays: number
}

/** From this zoom on bays are drawn one by one. */
export const BAYS_FROM_ZOOM = 15
/** Side of a group's square on the screen, pixels of a world of 512-pixel tiles. */
const SQUARE_PX = 96

/** Groups of bays at a zoom, in order of their id. */
export function clusters(bays: readonly SeenBay[], zoom: number): Cluster[] {
  const world_px = 512 * 2 ** Math.max(0, Math.floor(zoom))
  const squares = new Map<string, SeenBay[]>()
  for (const bay of bays) {
    const id = `${Math.floor((x(bay.lon) * world_px) / SQUARE_PX)}/${Math.floor((y(bay.lat) * world_px) / SQUARE_PX)}`
    const square = squares.get(id)
    if (square) square.push(bay)
    else squares.set(id, [bay])
  }
  return [...squares].map(([id, square]) => cluster(id, square)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

function cluster(id: string, bays: SeenBay[]): Cluster {
  const count = (state: string) => bays.filter((bay) => bay.state === state).length
  const mean = (of: (bay: SeenBay) => number) => bays.reduce((sum, bay) => sum + of(bay), 0) / bays.length
  const free = count('free')
  const lon = mean((bay) => bay.lon)
  const lat = mean((bay) => bay.lat)
  return { id, lon, lat, free, known: free + count('occupied'), bays: bays.length }
}

/** Web Mercator, 0 to 1. */
function x(lon: number): number {
  return lon / 360 + 0.5
}

function y(lat: number): number {
  const sin = Math.sin((Math.min(85, Math.max(-85, lat)) * Math.PI) / 180)
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)
}
