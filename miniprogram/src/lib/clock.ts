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

/** Sets the clock by an answer of the API. */
export function setClock(moment: Moment, machineMs = Date.now()): void {
  anchor = { cityMs: ms(moment.now), machineMs, speed: moment.speed, known: true }
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
