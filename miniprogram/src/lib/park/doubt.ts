/** What the sensor of the bay where one is parked lets us say: sure, or in which doubt. Unknown is not free. */

/** What is read of a bay. */
export interface BayWord {
  state: 'free' | 'occupied' | 'unknown'
  /** City seconds since the newest reading when it was asked; null if never heard. */
  age_s: number | null
}

export type Doubt =
  /** The sensor sees the vehicle. */
  | { kind: 'none'; ageS: number }
  /** Not heard for too long. */
  | { kind: 'silent'; ageS: number }
  | { kind: 'never' }
  /** The sensor sees an empty bay while the visit goes on. */
  | { kind: 'empty'; ageS: number }

/** The doubt, `elapsedS` city seconds after the bay was asked for. */
export function doubtOf(bay: BayWord, elapsedS: number): Doubt {
  if (bay.age_s === null) return { kind: 'never' }
  const ageS = bay.age_s + Math.max(0, Math.floor(elapsedS))
  if (bay.state === 'unknown') return { kind: 'silent', ageS }
  if (bay.state === 'free') return { kind: 'empty', ageS }
  return { kind: 'none', ageS }
}
