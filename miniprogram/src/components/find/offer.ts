/**
 * A guidance session as the driver sees it: what each answer or event of the gateway changes, and when to speak up. Pure.
 *
 * Every answer and event is the whole session: the newest one says all, an older one never counts.
 */
import { distanceM } from '@/lib/geo'
import type { Guidance, GuidanceOffer, Spot } from './contract'

/** What the page shows. */
export type Sight =
  | { kind: 'driving'; note: string | null }
  | { kind: 'offer'; offer: GuidanceOffer }
  | { kind: 'lost' }
  | { kind: 'ended'; why: string }

/** Reasons of a `driving` session that the driver should read. */
const TOLD = new Set(['free_again', 'rerouted', 'accepted', 'changed'])
/** How often a moving phone says where it is, and how far it must have moved for that, metres. */
const REPORT_EVERY_MS = 5_000
const REPORT_AT_LEAST_MS = 15_000
const MOVED_M = 15

/** The session that holds: the newer of two, whatever the order in which they came. */
export function newest(held: Guidance | null, came: Guidance): Guidance {
  if (!held || held.guidance_id !== came.guidance_id) return came
  return came.seq >= held.seq ? came : held
}

/** What to show of a session. */
export function sight(session: Guidance): Sight {
  if (session.phase === 'ended') return { kind: 'ended', why: session.why }
  if (session.offer) return { kind: 'offer', offer: session.offer }
  if (session.phase === 'lost' || session.phase === 'offered') return { kind: 'lost' }
  return { kind: 'driving', note: TOLD.has(session.why) ? session.why : null }
}

/** Whether a change is one to sound and vibrate for: a new offer, or the bay is lost and nothing is offered. */
export function speaksUp(before: Guidance | null, now: Guidance): boolean {
  if (before && before.seq >= now.seq && before.guidance_id === now.guidance_id) return false
  const is = sight(now)
  if (is.kind === 'offer') return before?.offer?.offer_id !== is.offer.offer_id
  return is.kind === 'lost' && (!before || sight(before).kind !== 'lost')
}

/** Where the phone was when it last said so. */
export interface Reported {
  at: Spot
  at_ms: number
}

/** Whether to say where the phone is: some way farther on every few seconds, and now and then when it stands. */
export function dueToReport(last: Reported | null, at: Spot, now_ms: number): boolean {
  if (!last) return true
  const since_ms = now_ms - last.at_ms
  if (since_ms >= REPORT_AT_LEAST_MS) return true
  return since_ms >= REPORT_EVERY_MS && distanceM([last.at.lon, last.at.lat], [at.lon, at.lat]) >= MOVED_M
}

/** How much longer another bay takes, as a sign and whole minutes; null where it cannot be told. */
export function moreMinutes(more_s: number | null): { sign: 'longer' | 'shorter' | 'same'; minutes: number } | null {
  if (more_s === null || !Number.isFinite(more_s)) return null
  const minutes = Math.round(Math.abs(more_s) / 60)
  if (minutes === 0) return { sign: 'same', minutes: 0 }
  return { sign: more_s > 0 ? 'longer' : 'shorter', minutes }
}
