/**
 * Shapes of the answers that the find pages read: `/api/v1/search`, `/routes`, `/guidance`, `/map/states`.
 *
 * Only what is shown is named. Degrees WGS-84, money whole fen, instants in city time.
 */
import type { BayState } from '../bay-map/bay-book'

export interface Hit {
  bay_code: string
  lon: number
  lat: number
  street: string
  block: string
  state: BayState
  observed_at: string | null
  age_s: number | null
  version: number
  max_height_mm: number | null
  max_length_mm: number | null
  charging: boolean
  accessible: boolean
  drive: { distance_m: number; duration_s: number }
  walk: { distance_m: number; duration_s: number }
  quote: { total_fen: number; first_hour_fen: number | null } | null
  no_quote: string | null
  free_chance: number | null
  trend: string | null
  permitted_until: string | null
  warn_at: string | null
}

export interface SearchAnswer {
  now: string
  speed: number
  arrive_at: string
  leave_at: string
  stay_minutes: number
  hits: Hit[]
  unknown: Hit[]
  nothing: { code: string; text: string } | null
}

export interface Spot {
  lon: number
  lat: number
}

export interface Line {
  type: 'LineString'
  coordinates: [number, number][]
}

export interface RouteStep {
  kind: string
  text: string
  street: string
  at: Spot
  bearing_deg: number
  distance_m: number
  duration_s: number
  point: number
  exit?: number | null
  side?: string | null
}

export interface Drive {
  distance_m: number
  duration_s: number
  arrival_side: string
  geometry: Line
  steps: RouteStep[]
}

export interface Walk {
  /** `streets`, or `straight_line`: an estimate. */
  basis: string
  distance_m: number
  duration_s: number
  geometry: Line
  steps: RouteStep[]
}

export interface RouteAnswer {
  now: string
  speed: number
  bay_code: string | null
  to: Spot
  already_there: boolean
  total_s: number
  drive: Drive
  walk: Walk | null
}

export interface GuidedBay extends Spot {
  bay_code: string
  street: string
  /** Null if there is no such bay any more. */
  state: BayState | null
  observed_at: string | null
}

export interface Wrong {
  code: string
  detail: string
}

export interface GuidanceOffer {
  offer_id: number
  reason: string
  bay: GuidedBay
  drive: Drive | null
  walk: Walk | null
  error: Wrong | null
  more_s: number | null
  text: string
}

export interface Guidance {
  now: string
  speed: number
  guidance_id: string
  seq: number
  phase: 'driving' | 'offered' | 'lost' | 'ended'
  why: string
  bay: GuidedBay
  drive: Drive | null
  walk: Walk | null
  error: Wrong | null
  offer: GuidanceOffer | null
  text: string
}

export interface OpenedGuidance extends Guidance {
  token: string
  expires_at: string
}
