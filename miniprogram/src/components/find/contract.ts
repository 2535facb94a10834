/**
 * What the find pages read of the API, by names of their own: `/api/v1/search`, `/routes`, `/guidance`.
 *
 * Degrees WGS-84, money whole fen, instants in city time.
 */
import type { Schema } from '@/api/client'
import type { LonLat } from '@/lib/geo'

export type Spot = Schema['PlaceAt']
export type Hit = Schema['FoundBay']
export type SearchAnswer = Schema['BaysFound']
export type RouteStep = Schema['RouteStep']
/** What is shown of a way: guidance brings no more. */
export type RouteAnswer = Pick<Schema['RouteAnswer'], 'bay_code' | 'already_there' | 'total_s' | 'drive' | 'walk'>
export type GuidanceAsked = Schema['GuidanceRequest']
export type GuidanceOffer = Schema['GuidanceOffer']
export type Guidance = Schema['GuidanceView']
export type OpenedGuidance = Schema['OpenedGuidance']

/** The places of a line; none where there is no line. */
export function placesOf(line: Schema['LineView'] | undefined): LonLat[] {
  return (line?.coordinates ?? []).map(([lon = 0, lat = 0]) => [lon, lat])
}
