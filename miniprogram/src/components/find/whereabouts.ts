/** From where and to where a search goes, of what is known of the driver. Pure. */
import { distanceM } from '@/lib/geo'
import type { Spot } from './contract'
import type { Whereabouts } from './filters'

export interface KnownPlaces {
  /** Where the phone is. */
  me: Spot | null
  /** A start chosen by hand. */
  start: Spot | null
  /** Where the driver wants to go. */
  goal: Spot | null
  centre: Spot
}

/** Farther than this from the town, nobody wants the way from where he sits. */
const FAR_M = 30_000

/** The start is the phone's place, or the one chosen, or else the goal itself or the middle of the town. */
export function whereabouts({ me, start, goal, centre }: KnownPlaces): Whereabouts & { far_m: number | null } {
  const to = goal ? spot(goal) : null
  const away_m = me ? distanceM([me.lon, me.lat], [centre.lon, centre.lat]) : null
  const far_m = away_m !== null && away_m > FAR_M ? away_m : null
  const near = me && far_m === null ? me : null
  const from = near ?? start
  if (from) return { from: spot(from), to, far_m }
  return { from: spot(to ?? centre), to: null, far_m }
}

function spot({ lon, lat }: Spot): Spot {
  return { lon, lat }
}
