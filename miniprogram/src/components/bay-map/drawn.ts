/** What the map is to draw, as GeoJSON in the map's own datum. Pure. */
import type { LonLat } from '@/lib/geo'
import type { SeenBay } from './bay-book'
import type { Cluster } from './cluster'
import type { Sign } from './icons'

/** A hit of a search: its sign and its price. */
export interface MapHit {
  bay_code: string
  lon: number
  lat: number
  state: 'free' | 'occupied' | 'unknown'
  label: string
}

/** The driver, the place wanted, the chosen bay. */
export interface Mark {
  sign: Extract<Sign, 'me' | 'mine'>
  lon: number
  lat: number
  label: string
}

/** Lines as GeoJSON has them. */
export interface Way {
  drive: readonly LonLat[]
  walk: readonly LonLat[]
}

/** From WGS-84 into what the map is drawn in. */
export type ToMap = (at: LonLat) => LonLat

type Properties = Record<string, string | number>

export function hitFeatures(hits: readonly MapHit[], toMap: ToMap) {
  return collection(hits.map((hit, rank) => point(hit, toMap, { code: hit.bay_code, state: hit.state, label: hit.label, rank })))
}

export function markFeatures(marks: readonly Mark[], toMap: ToMap) {
  return collection(marks.map((mark) => point(mark, toMap, { sign: mark.sign, label: mark.label })))
}

export function bayFeatures(bays: readonly SeenBay[], toMap: ToMap) {
  return collection(bays.map((bay) => point(bay, toMap, { code: bay.bay_code, state: bay.state })))
}

/** `?` for a group of which nothing is known: that is not the same as full. */
export function groupFeatures(groups: readonly Cluster[], toMap: ToMap) {
  const label = (group: Cluster) => (group.known === 0 ? '?' : String(group.free))
  return collection(groups.map((group) => point(group, toMap, { free: group.free, bays: group.bays, label: label(group) })))
}

export function wayFeatures(way: Way | null, toMap: ToMap) {
  if (!way) return collection([])
  const lines = [
    ['drive', way.drive],
    ['walk', way.walk],
  ] as const
  return collection(
    lines
      .filter(([, line]) => line.length > 1)
      .map(([by, line]) => ({
        type: 'Feature' as const,
        properties: { by } as Properties,
        geometry: { type: 'LineString' as const, coordinates: line.map((at) => [...toMap(at)]) },
      })),
  )
}

function point(at: { lon: number; lat: number }, toMap: ToMap, properties: Properties) {
  const coordinates = [...toMap([at.lon, at.lat])]
  return { type: 'Feature' as const, properties, geometry: { type: 'Point' as const, coordinates } }
}

function collection<F>(features: F[]) {
  return { type: 'FeatureCollection' as const, features }
}
