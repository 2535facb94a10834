/**
 * The 24-hour strip of a day as shares of its width: hours that cost, the stay in them, ticks. Nothing is priced here: the
 * engine's picture is only laid out.
 */
import { ms } from '@/lib/time'

export type StretchState =
  | 'charged' | 'capped' | 'free_minutes' | 'free_hours' | 'not_permitted' | 'not_sold' | 'doubt' | 'pass' | 'leaving' | 'exempt'

/** What is read of a day of the API's picture. */
export interface PictureDay {
  on: string
  from: string
  to: string
  ticks: readonly { at: string; hour: number }[]
  windows: readonly { from: string; to: string; name: string; charged: boolean; permitted: boolean }[]
  stay: readonly { from: string; to: string; state: string; charge?: string | null; capped_at_fen?: number | null; cuts: readonly string[] }[]
}

/** A part of the strip, in percent of its width. */
export interface Part {
  left: number
  width: number
}

export interface WindowPart extends Part {
  name: string
  kind: 'charged' | 'free' | 'not_permitted'
}

export interface StayPart extends Part {
  state: StretchState
  from: number
  to: number
  charge: string
}

export interface Strip {
  on: string
  windows: WindowPart[]
  stay: StayPart[]
  /** Places where units begin. */
  cuts: number[]
  ticks: { left: number; hour: number }[]
}

/** Below this a stretch could not be seen. */
const THINNEST = 0.6

/** Lays a day out. */
export function stripOf(day: PictureDay): Strip {
  const from = ms(day.from)
  const length = Math.max(1, ms(day.to) - from)
  const share = (at: string): number => clamp(((ms(at) - from) / length) * 100)
  const part = (piece: { from: string; to: string }): Part => {
    const left = share(piece.from)
    return { left: round(left), width: round(share(piece.to) - left) }
  }
  return {
    on: day.on,
    windows: day.windows.map((hours) => ({
      ...part(hours),
      name: hours.name,
      kind: !hours.permitted ? 'not_permitted' : hours.charged ? 'charged' : 'free',
    })),
    stay: day.stay.map((stretch) => {
      const { left, width } = part(stretch)
      return {
        left: Math.min(left, 100 - THINNEST),
        width: Math.max(width, THINNEST),
        state: stretch.state as StretchState,
        from: ms(stretch.from),
        to: ms(stretch.to),
        charge: stretch.charge ?? '',
      }
    }),
    cuts: day.stay.flatMap((stretch) => stretch.cuts.map((at) => round(share(at)))),
    ticks: day.ticks.map((tick) => ({ left: round(share(tick.at)), hour: tick.hour })),
  }
}

function clamp(share: number): number {
  return Math.min(100, Math.max(0, share))
}

function round(share: number): number {
  return Math.round(share * 100) / 100
}
