/**
 * City time on the phone. Answers of the API carry `now` and `speed`; between two answers the phone counts on
 * by itself, at the city's speed (in a demo a city minute may take a second).
 */
import { ms } from './time'

export interface Moment {
  now: string
  speed: number
}

let anchor = { cityMs: 0, machineMs: 0, speed: 1, known: false }

/** More than this off is another time, not the way of an answer. */
const JUMP_MS = 1000
const told = new Set<() => void>()

/** Sets the clock by an answer of the API. */
export function setClock(moment: Moment, machineMs = Date.now()): void {
  const jump = Math.abs(cityNow(machineMs) - ms(moment.now)) / Math.max(1, moment.speed)
  anchor = { cityMs: ms(moment.now), machineMs, speed: moment.speed, known: true }
  if (jump > JUMP_MS) for (const tell of told) tell()
}

/** Calls back when the clock was found to be wrong, as that of the phone may be; gives what ends that. */
export function onClockSet(tell: () => void): () => void {
  told.add(tell)
  return () => void told.delete(tell)
}

/** City time now; the phone's own time until the API has told. */
export function cityNow(machineMs = Date.now()): number {
  if (!anchor.known) return machineMs
  return anchor.cityMs + (machineMs - anchor.machineMs) * anchor.speed
}

/** City milliseconds that pass in one of the phone's. */
export function citySpeed(): number {
  return anchor.speed
}
