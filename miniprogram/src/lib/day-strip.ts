/** The picture of a bill: for each day of a stay a strip of 24 hours with what was free, charged, in doubt, and where a cap cut. */
import { dayStartMs, ms } from './time'

export type SegmentKind = 'free' | 'paid' | 'doubt'

export interface StripLine {
  from: string
  to: string
  rule: string
  amount_fen: number
}

export interface Segment {
  kind: SegmentKind
  /** Parts of the day, 0 to 1. */
  from: number
  to: number
}

export interface StripDay {
  /** Midnight. */
  startMs: number
  /** The stay on this day, 0 to 1. */
  stay: { from: number; to: number }
  segments: Segment[]
  /** Where a cap cut, 0 to 1, and how much it took off. */
  caps: { at: number; cut_fen: number }[]
}

const DAY_MS = 24 * 3_600_000
/** More strips than this are no picture any more. */
export const DAYS_LIMIT = 7

const CAPS = new Set(['window_cap', 'day_cap', 'stay_cap', '24h_cap', 'month_cap'])
/** Lines that change an amount and say nothing of time. */
const TIMELESS = new Set(['bays', 'factor', 'rounding', 'coupon'])
/** What is painted over what. */
const ORDER: Record<SegmentKind, number> = { free: 0, paid: 1, doubt: 2 }

/** The days from arrival to departure, at most `DAYS_LIMIT` of them. */
export function stripDays(lines: readonly StripLine[], fromMs: number, toMs: number): StripDay[] {
  const days: StripDay[] = []
  for (let start = dayStartMs(fromMs); start < Math.max(toMs, fromMs + 1) && days.length < DAYS_LIMIT; start += DAY_MS) {
    days.push(dayOf(lines, start, fromMs, toMs))
  }
  return days
}

function dayOf(lines: readonly StripLine[], start: number, fromMs: number, toMs: number): StripDay {
  const segments = lines
    .map((line) => segmentOf(line, start))
    .filter((segment): segment is Segment => segment !== undefined)
    .sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || a.from - b.from)
  const caps = lines
    .filter((line) => CAPS.has(line.rule) && line.amount_fen < 0 && ms(line.to) > start && ms(line.to) <= start + DAY_MS)
    .map((line) => ({ at: part(ms(line.to), start), cut_fen: -line.amount_fen }))
  return { startMs: start, stay: { from: part(fromMs, start), to: part(toMs, start) }, segments, caps }
}

function segmentOf(line: StripLine, start: number): Segment | undefined {
  if (CAPS.has(line.rule) || TIMELESS.has(line.rule)) return undefined
  const from = part(ms(line.from), start)
  const to = part(ms(line.to), start)
  if (to <= from) return undefined
  return { kind: line.rule === 'doubt' ? 'doubt' : line.amount_fen > 0 ? 'paid' : 'free', from, to }
}

function part(atMs: number, start: number): number {
  return Math.min(1, Math.max(0, (atMs - start) / DAY_MS))
}

/** Milliseconds of a kind over all days: for those who hear the picture. */
export function lengthOf(days: readonly StripDay[], kind: SegmentKind): number {
  const sum = days.flatMap((day) => day.segments).filter((segment) => segment.kind === kind)
  return Math.round(sum.reduce((total, segment) => total + (segment.to - segment.from) * DAY_MS, 0))
}
