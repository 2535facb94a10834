/** The bottom sheet of hits: its three heights, and at which of them it comes to rest. Pure. */

export type SheetHeight = 'low' | 'half' | 'full'

export const HEIGHTS: readonly SheetHeight[] = ['low', 'half', 'full']

/** What the sheet lies in, CSS pixels: the page below its header, and how large the text is. */
export interface SheetRoom {
  room_px: number
  /** 1 for the usual text, 1.25 for elder mode. */
  scale: number
}

/** What always shows: the handle, the sum and the first hit's beginning. */
const LOW_PX = 148
/** Even at full height the field over the map stays in sight. */
const FIELD_PX = 64
/** Faster than this a drag is a flick: it goes on to the next height, pixels a millisecond. */
const FLICK_PX_PER_MS = 0.45

/** Pixels of each height, never more than there is room for and never in another order. */
export function sheetHeights({ room_px, scale }: SheetRoom): Record<SheetHeight, number> {
  const room = Math.max(0, Math.round(room_px))
  const low = Math.min(room, Math.round(LOW_PX * scale))
  const full = Math.max(low, room - Math.round(FIELD_PX * scale))
  const half = Math.min(full, Math.max(low, Math.round(room * 0.52)))
  return { low, half, full }
}

/**
 * Where a sheet that was let go at `height_px` comes to rest. `speed` is pixels a millisecond, growing upwards: a flick goes on
 * in its direction, anything slower to what is nearest.
 */
export function restAt(height_px: number, speed: number, heights: Record<SheetHeight, number>): SheetHeight {
  if (speed >= FLICK_PX_PER_MS) return HEIGHTS.find((name) => heights[name] > height_px) ?? 'full'
  if (speed <= -FLICK_PX_PER_MS) return [...HEIGHTS].reverse().find((name) => heights[name] < height_px) ?? 'low'
  const gap = (name: SheetHeight) => Math.abs(heights[name] - height_px)
  return HEIGHTS.reduce((best, name) => (gap(name) < gap(best) ? name : best), 'low')
}

/** The next height for a tap or a key: up to full, and from there down to low. */
export function nextHeight(now: SheetHeight, step: 'up' | 'down' | 'round'): SheetHeight {
  const at = HEIGHTS.indexOf(now)
  if (step === 'up') return HEIGHTS[Math.min(at + 1, 2)]!
  if (step === 'down') return HEIGHTS[Math.max(at - 1, 0)]!
  return HEIGHTS[(at + 1) % 3]!
}
