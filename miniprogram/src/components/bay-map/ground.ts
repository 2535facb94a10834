/**
 * What the map is drawn on: the gateway's style and tiles, or a plain ground where it serves none.
 *
 * H5 only. Asks our own gateway and nobody else.
 */
import type { StyleSpecification } from 'maplibre-gl'
import { toGcj02, toWgs84 } from '@/lib/datum'
import type { LonLat } from '@/lib/geo'
import { apiOrigin, request } from '@/lib/platform'

export type Theme = 'light' | 'dark' | 'elder'

export interface Ground {
  style: StyleSpecification
  /** Whether bays come as tiles with numbers; without, they are drawn from the stream. */
  tiled: boolean
  attribution: string
  /** 审图号 of the base map, if it has one. */
  approval: string | null
  centre: LonLat | null
  toMap: (at: LonLat) => LonLat
  fromMap: (at: LonLat) => LonLat
}

interface Layout {
  datum?: string
  /** West, south, east, north; null if nothing is on the map. */
  bounds?: [number, number, number, number] | null
  attribution?: string
  approval_no?: string | null
}

const PLAIN: Record<'light' | 'dark', string> = { light: '#EEF1F0', dark: '#161D1E' }
const as_is = (at: LonLat) => at

/** The ground for a theme and a language. */
export async function loadGround(theme: Theme, dark: boolean, lang: 'zh' | 'en'): Promise<Ground> {
  const [style, layout] = await Promise.all([
    json<StyleSpecification>(`/tiles/style.json?theme=${theme}&lang=${lang}`),
    json<Layout>('/tiles/layout.json'),
  ])
  if (!style || !layout) return plainGround(dark)
  const shifted = layout.datum === 'gcj02'
  const [west, south, east, north] = layout.bounds ?? [0, 0, 0, 0]
  return {
    style: numbered(style),
    tiled: true,
    attribution: layout.attribution ?? '',
    approval: layout.approval_no ?? null,
    centre: layout.bounds ? [(west + east) / 2, (south + north) / 2] : null,
    toMap: shifted ? toGcj02 : as_is,
    fromMap: shifted ? toWgs84 : as_is,
  }
}

/**
 * Features of the tiles by their own numbers. A source that promotes a property of one layer to its id leaves the features of
 * MapLibre's other layers without any, and the states of bays would show nowhere.
 */
function numbered(style: StyleSpecification): StyleSpecification {
  const sources = Object.entries(style.sources).map(([name, source]) => {
    if (source.type !== 'vector') return [name, source] as const
    const { promoteId: _promoted, ...plain } = source
    return [name, plain] as const
  })
  return { ...style, sources: Object.fromEntries(sources) }
}

function plainGround(dark: boolean): Ground {
  const style: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [{ id: 'background', type: 'background', paint: { 'background-color': PLAIN[dark ? 'dark' : 'light'] } }],
  }
  return { style, tiled: false, attribution: '', approval: null, centre: null, toMap: as_is, fromMap: as_is }
}

/** Null where the gateway has none of it, or does not answer: then there is a plain ground, and the bays all the same. */
async function json<T>(path: string): Promise<T | null> {
  try {
    const heard = await request({ method: 'GET', url: `${apiOrigin()}${path}`, headers: {} })
    return heard.status === 200 ? (JSON.parse(heard.text) as T) : null
  } catch {
    return null
  }
}
