/** The questions of the find pages to the gateway. */
import { api, ApiFailure, type Schema } from '@/api/client'
import { toWgs84 } from '@/lib/datum'
import type { Snapshot } from '../bay-map/bay-book'
import type { Guidance, GuidanceAsked, OpenedGuidance, RouteAnswer, SearchAnswer, Spot } from './contract'
import type { searchQuery } from './filters'

export function searchBays(query: ReturnType<typeof searchQuery>): Promise<SearchAnswer> {
  return api.get('/api/v1/search', { query })
}

/** From a place to a bay, and on foot to where the driver wants to go. */
export function findRoute(from: Spot, bay: string, dest: Spot | null, lang: 'zh' | 'en'): Promise<RouteAnswer> {
  const query = { from: lonLat(from), bay, dest: dest ? lonLat(dest) : undefined, lang }
  return api.get('/api/v1/routes', { query })
}

export function openGuidance(body: GuidanceAsked): Promise<OpenedGuidance> {
  return api.post('/api/v1/guidance', { body })
}

/** What the driver says on the way. */
export type Word = Schema['GuidanceChange']

/** The session and the secret that opens it. */
export interface GuidanceKey {
  guidance_id: string
  token: string
}

export function tellGuidance({ guidance_id, token }: GuidanceKey, word: Word): Promise<Guidance> {
  const command = { path: { guidance_id }, query: { token }, body: word }
  return api.put('/api/v1/guidance/{guidance_id}', command)
}

export function readGuidance({ guidance_id, token }: GuidanceKey): Promise<Guidance> {
  return api.get('/api/v1/guidance/{guidance_id}', { path: { guidance_id }, query: { token } })
}

export async function endGuidance({ guidance_id, token }: GuidanceKey, reason: 'arrived' | 'claimed' | 'left'): Promise<void> {
  await api.del('/api/v1/guidance/{guidance_id}', { path: { guidance_id }, query: { token, reason } })
}

export function mapStates(bbox: string): Promise<Snapshot> {
  return api.get('/api/v1/map/states', { query: { bbox } })
}

/** The middle of the town, as the map has it; null where there is no map. */
export async function townCentre(): Promise<Spot | null> {
  const layout = (await api.get('/tiles/layout.json', {})) as { datum?: string; bounds?: [number, number, number, number] | null }
  if (!layout.bounds) return null
  const [west, south, east, north] = layout.bounds
  const middle = [(west + east) / 2, (south + north) / 2] as const
  const [lon, lat] = layout.datum === 'gcj02' ? toWgs84(middle) : middle
  return { lon, lat }
}

/** Whether this gateway has no such question at all: an older one, or one that was built without. */
export function notOffered(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 405 || (error.status === 404 && NO_ROUTE.test(error.code)))
}

/** A 404 of no handler, as against one of a thing that is not there. */
const NO_ROUTE = /^(http_404|not_found|path_unknown|route_unknown)$/

function lonLat(at: Spot): string {
  return `${at.lon.toFixed(6)},${at.lat.toFixed(6)}`
}
