/** Markers and lines of the mini-program's map: GCJ-02, numbered, few enough that the phone keeps up. Pure. */
import { toGcj02 } from '@/lib/datum'
import type { LonLat } from '@/lib/geo'
import { BAYS_FROM_ZOOM, clusters } from './cluster'
import type { SeenBay } from './bay-book'
import type { MapHit, Mark, Way } from './drawn'

/** More markers than this make the native map stutter. */
const MARKERS_LIMIT = 150
const SIDE_PX = 18
const HIT_SIDE_PX = 28
const PIN_SIDE_PX = 36

export interface Marker {
  id: number
  latitude: number
  longitude: number
  iconPath: string
  width: number
  height: number
  anchor: { x: number; y: number }
  ariaLabel: string
  label?: MarkerLabel
}

export interface MarkerLabel {
  content: string
  color: string
  fontSize: number
  anchorX: number
  anchorY: number
  borderWidth: number
  borderColor: string
  borderRadius: number
  bgColor: string
  padding: number
  textAlign: 'center'
}

/** What a marker stands for. */
export interface Meant {
  marker: Marker
  bay_code: string | null
}

export interface Drawn {
  bays: readonly SeenBay[]
  hits: readonly MapHit[]
  marks: readonly Mark[]
  zoom: number
  /** Of a state: for screen readers. */
  word: (state: string) => string
}

/** Marks, then hits, then groups or bays; each bay once. */
export function markersOf({ bays, hits, marks, zoom, word }: Drawn): Meant[] {
  const meant: Meant[] = []
  const add = (at: { lon: number; lat: number }, sign: string, side: number, aria: string, code: string | null, label?: string) => {
    const [longitude, latitude] = toGcj02([at.lon, at.lat])
    const anchor = { x: 0.5, y: sign === 'mine' ? 1 : 0.5 }
    const iconPath = `/static/map/${sign}.png`
    const marker: Marker = { id: meant.length + 1, latitude, longitude, iconPath, width: side, height: side, anchor, ariaLabel: aria }
    if (label) marker.label = labelOf(label)
    meant.push({ marker, bay_code: code })
  }
  for (const mark of marks) if (mark.sign === 'mine') add(mark, 'mine', PIN_SIDE_PX, mark.label, null, mark.label)
  const shown = new Set<string>()
  for (const hit of hits) {
    shown.add(hit.bay_code)
    add(hit, hit.state, HIT_SIDE_PX, `${hit.bay_code} ${word(hit.state)} ${hit.label}`, hit.bay_code, hit.label)
  }
  const rest = bays.filter((bay) => !shown.has(bay.bay_code))
  if (zoom < BAYS_FROM_ZOOM) {
    for (const group of clusters(rest, zoom).slice(0, MARKERS_LIMIT - meant.length)) {
      const text = group.known === 0 ? '?' : String(group.free)
      add(group, group.free > 0 ? 'free' : group.known === 0 ? 'unknown' : 'occupied', HIT_SIDE_PX, text, null, text)
    }
    return meant
  }
  for (const bay of rest.slice(0, Math.max(0, MARKERS_LIMIT - meant.length))) {
    add(bay, bay.state, SIDE_PX, `${bay.bay_code} ${word(bay.state)}`, bay.bay_code)
  }
  return meant
}

export interface Polyline {
  points: { latitude: number; longitude: number }[]
  color: string
  width: number
  dottedLine: boolean
}

/** The way to drive, and dotted the walk. */
export function polylinesOf(way: Way | null, colour: string): Polyline[] {
  if (!way) return []
  const points = (line: readonly LonLat[]) =>
    line.map((at) => {
      const [longitude, latitude] = toGcj02(at)
      return { latitude, longitude }
    })
  const drive = { points: points(way.drive), color: colour, width: 6, dottedLine: false }
  const walk = { points: points(way.walk), color: '#51605F', width: 4, dottedLine: true }
  return [drive, walk].filter((line) => line.points.length > 1)
}

function labelOf(content: string): MarkerLabel {
  return {
    content,
    color: '#15201F',
    fontSize: 12,
    anchorX: 0,
    anchorY: 0,
    borderWidth: 1,
    borderColor: '#DCE3E2',
    borderRadius: 6,
    bgColor: '#FFFFFF',
    padding: 3,
    textAlign: 'center',
  }
}
