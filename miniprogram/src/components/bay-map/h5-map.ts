/**
 * The map of H5: MapLibre over the gateway's own tiles, in a chunk of its own that is fetched when a map is shown.
 *
 * States are drawn through feature-state: a bay that turns is one call, and no tile is loaded again. Refuses (`NoWebgl`) where
 * the browser cannot draw; the list of hits works without.
 */
import { AttributionControl, Map as MapLibre, setWorkerUrl, type GeoJSONSource } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import type { LonLat } from '@/lib/geo'
import type { Area } from './area'
import type { SeenBay, Turned } from './bay-book'
import { BAYS_FROM_ZOOM, clusters } from './cluster'
import { bayFeatures, groupFeatures, hitFeatures, markFeatures, wayFeatures, type MapHit, type Mark, type Way } from './drawn'
import { loadGround, type Ground, type Theme } from './ground'
import { DARK, drawSign, LIGHT, PAPER, SIGNS } from './icons'
import { groupLayers, looseLayer, markLayers, signLayers, SOURCES, statePaint, TAPPED, TILE_LAYERS, TILES, wayLayers, type Colours } from './sign-layers'

setWorkerUrl(workerUrl)

export class NoWebgl extends Error {
  override name = 'NoWebgl'
}

export interface Look {
  theme: Theme
  dark: boolean
  lang: 'zh' | 'en'
  /** Of letters: 1 is usual. */
  scale: number
  title: string
}

export interface Told {
  onView(view: Area, zoom: number): void
  onBay(bay_code: string): void
  onPlace(at: LonLat): void
  onReady(): void
}

/** Points of a sign; drawn at half of it, for screens of two points a pixel. */
const SIGN_POINTS = 56
const TAP_PX = 14
const MOVE_MS = 200
/** Groups of a busy town change all the time; nobody reads faster than this. */
const DRAW_EVERY_MS = 300
const COLOURS: Record<'light' | 'dark', Colours> = {
  light: { accent: '#0B6E6E', free: '#187A42', slate: '#66757F', amber: '#A86500', text: '#15201F', paper: '#FFFFFF' },
  dark: { accent: '#4FC3C3', free: '#5CC98A', slate: '#9EABB3', amber: '#E6A53E', text: '#E6EDEC', paper: '#101617' },
}

/** Draws a map into an element. */
export async function openMap(into: HTMLElement, start: { at: LonLat | null; zoom: number }, look: Look, told: Told): Promise<H5Map> {
  if (!document.createElement('canvas').getContext('webgl2')) throw new NoWebgl()
  const ground = await loadGround(look.theme, look.dark, look.lang)
  return new H5Map(into, start, look, told, ground)
}

export class H5Map {
  private readonly map: MapLibre
  private loaded = false
  private bays: readonly SeenBay[] = []
  private hits: readonly MapHit[] = []
  private marks: readonly Mark[] = []
  private way: Way | null = null
  private states = new Map<number, string>()
  private chosen: number | null = null
  private drawing: ReturnType<typeof setTimeout> | undefined

  constructor(into: HTMLElement, start: { at: LonLat | null; zoom: number }, private look: Look, private readonly told: Told, private ground: Ground) {
    const at = start.at ? ground.toMap(start.at) : (ground.centre ?? [0, 0])
    this.map = new MapLibre({
      container: into,
      style: ground.style,
      center: [at[0], at[1]],
      zoom: start.zoom,
      maxZoom: 20,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      locale: { 'Map.Title': look.title },
    })
    this.map.touchZoomRotate.disableRotation()
    const named = [ground.attribution, ground.approval].filter((text): text is string => Boolean(text))
    if (named.length > 0) this.map.addControl(new AttributionControl({ compact: false, customAttribution: named }), 'bottom-left')
    this.map.on('load', () => this.dress())
    this.map.once('idle', () => told.onReady())
    this.map.on('moveend', () => this.tellView())
    this.map.on('click', (event) => this.tapped(event.point, [event.lngLat.lng, event.lngLat.lat]))
  }

  /** Whether bays come from tiles. */
  get tiled(): boolean {
    return this.ground.tiled
  }

  /** Those that turned. */
  turn(turned: readonly Turned[]): void {
    for (const { bay_no, state } of turned) {
      if (bay_no === null) continue
      this.states.set(bay_no, state)
      if (this.loaded) this.setState(bay_no, { state })
    }
  }

  /** All bays with a place: for groups, and for the bays themselves where there are no tiles. Drawn together with what comes soon. */
  setBays(bays: readonly SeenBay[]): void {
    this.bays = bays
    this.drawing ??= setTimeout(() => this.drawBays(), DRAW_EVERY_MS)
  }

  private drawBays(): void {
    this.drawing = undefined
    if (!this.loaded) return
    const bays = this.bays
    this.fill(SOURCES.groups, groupFeatures(clusters(bays, Math.min(this.map.getZoom(), BAYS_FROM_ZOOM)), this.ground.toMap))
    if (!this.ground.tiled) this.fill(SOURCES.loose, bayFeatures(bays, this.ground.toMap))
  }

  setHits(hits: readonly MapHit[]): void {
    this.hits = hits
    this.fill(SOURCES.hits, hitFeatures(hits, this.ground.toMap))
  }

  setMarks(marks: readonly Mark[], chosen_no: number | null): void {
    this.marks = marks
    this.fill(SOURCES.marks, markFeatures(marks, this.ground.toMap))
    if (this.loaded && this.chosen !== null) this.setState(this.chosen, { chosen: false })
    if (this.loaded && chosen_no !== null) this.setState(chosen_no, { chosen: true })
    this.chosen = chosen_no
  }

  setWay(way: Way | null): void {
    this.way = way
    this.fill(SOURCES.way, wayFeatures(way, this.ground.toMap))
  }

  /** Shows a place, `below_px` of the map being covered by the sheet. */
  show(at: LonLat, zoom: number | null, below_px: number): void {
    const [lng, lat] = this.ground.toMap(at)
    const padding = { top: 0, left: 0, right: 0, bottom: below_px }
    this.map.easeTo({ center: [lng, lat], ...(zoom !== null && { zoom }), padding, duration: MOVE_MS })
  }

  /** Shows all of a rectangle. */
  showAll(area: Area, below_px: number): void {
    const [west, south] = this.ground.toMap([area.west, area.south])
    const [east, north] = this.ground.toMap([area.east, area.north])
    const most = Math.max(0, this.map.getContainer().clientHeight - 160)
    const padding = { top: 48, left: 40, right: 56, bottom: Math.min(below_px + 48, most) }
    this.map.fitBounds([west, south, east, north], { padding, maxZoom: 17.5, duration: MOVE_MS })
  }

  /** Nearer or farther by so many levels. MapLibre's own buttons lose their looks to uni-app, which renames `button` in every css. */
  zoomBy(levels: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + levels, duration: MOVE_MS })
  }

  /** The map was changed by the operator, or is to look otherwise: its style is loaded anew. */
  async redress(look: Look = this.look): Promise<void> {
    this.look = look
    this.loaded = false
    this.ground = await loadGround(look.theme, look.dark, look.lang)
    this.map.once('style.load', () => this.dress())
    this.map.setStyle(this.ground.style, { diff: false })
  }

  remove(): void {
    clearTimeout(this.drawing)
    this.map.remove()
  }

  /** Lays our layers over the style, and gives them what is known. */
  private dress(): void {
    const shade = this.look.dark ? 'dark' : 'light'
    const [inks, paper, colours] = [this.look.dark ? DARK : LIGHT, PAPER[shade], COLOURS[shade]]
    for (const sign of SIGNS) {
      const name = `sign-${sign}`
      if (!this.map.hasImage(name)) this.map.addImage(name, drawSign(sign, SIGN_POINTS, inks[sign], paper), { pixelRatio: 2 })
    }
    for (const source of Object.values(SOURCES)) {
      this.map.addSource(source, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } })
    }
    for (const [layer, property, value] of statePaint(colours)) {
      if (this.map.getLayer(layer)) this.map.setPaintProperty(layer, property, value)
    }
    for (const layer of wayLayers(colours)) this.map.addLayer(layer, this.map.getLayer('bay-fill') ? 'bay-fill' : undefined)
    for (const layer of this.ground.tiled ? signLayers() : [looseLayer()]) this.map.addLayer(layer)
    for (const layer of [...groupLayers(colours), ...markLayers(colours, this.look.scale)]) this.map.addLayer(layer)
    this.loaded = true
    for (const [bay_no, state] of this.states) this.setState(bay_no, { state })
    this.drawBays()
    this.setHits(this.hits)
    this.setMarks(this.marks, this.chosen)
    this.setWay(this.way)
    this.tellView()
  }

  private setState(bay_no: number, state: Record<string, string | boolean>): void {
    if (!this.ground.tiled || !this.map.getSource(TILES)) return
    for (const sourceLayer of TILE_LAYERS) this.map.setFeatureState({ source: TILES, sourceLayer, id: bay_no }, state)
  }

  private fill(source: string, data: Parameters<GeoJSONSource['setData']>[0]): void {
    if (this.loaded) this.map.getSource<GeoJSONSource>(source)?.setData(data)
  }

  private tellView(): void {
    const bounds = this.map.getBounds()
    const [west, south] = this.ground.fromMap([bounds.getWest(), bounds.getSouth()])
    const [east, north] = this.ground.fromMap([bounds.getEast(), bounds.getNorth()])
    this.told.onView({ west, south, east, north }, this.map.getZoom())
    this.setBays(this.bays)
  }

  private tapped(at: { x: number; y: number }, place: [number, number]): void {
    const layers = TAPPED.filter((layer) => this.map.getLayer(layer))
    const box: [[number, number], [number, number]] = [
      [at.x - TAP_PX, at.y - TAP_PX],
      [at.x + TAP_PX, at.y + TAP_PX],
    ]
    const found = this.map.queryRenderedFeatures(box, { layers: [...layers] })
    const bay = nearest(found, place)
    if (bay) return this.told.onBay(bay)
    const group = found.find((feature) => feature.layer.id === 'app-group')
    if (group) this.map.easeTo({ center: place, zoom: Math.max(this.map.getZoom() + 2, BAYS_FROM_ZOOM + 1.2), duration: MOVE_MS })
    else this.told.onPlace(this.ground.fromMap(place))
  }
}

type Found = ReturnType<MapLibre['queryRenderedFeatures']>[number]

/** Of the bays under a finger the one nearest to its middle. */
function nearest(found: readonly Found[], [lon, lat]: [number, number]): string | null {
  let best: { code: string; gap: number } | null = null
  for (const feature of found) {
    const code: unknown = feature.properties.code
    if (typeof code !== 'string') continue
    const at = middle(feature.geometry)
    const gap = at ? Math.hypot((at[0] - lon) * Math.cos((lat * Math.PI) / 180), at[1] - lat) : 1
    if (!best || gap < best.gap) best = { code, gap }
  }
  return best?.code ?? null
}

function middle(geometry: Found['geometry']): [number, number] | null {
  if (geometry.type === 'Point') return [geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0]
  const ring: readonly number[][] = geometry.type === 'Polygon' ? (geometry.coordinates[0] ?? []) : []
  if (ring.length === 0) return null
  const mean = (axis: 0 | 1) => ring.reduce((sum, at) => sum + (at[axis] ?? 0), 0) / ring.length
  return [mean(0), mean(1)]
}
