/**
 * The signs of the states, drawn point by point: the same for MapLibre (added as pictures) and for the mini-program's map (files
 * of static/map, made from here by `node tools/map-icons.mjs`).
 *
 * Each state has a shape of its own, so that it shows without colour: free is a filled circle, occupied a ring, unknown a dashed
 * ring, mine a pin. Pure.
 */

export type Sign = 'free' | 'occupied' | 'unknown' | 'mine' | 'me'
export type Rgb = readonly [number, number, number]

export interface Picture {
  width: number
  height: number
  /** Red, green, blue, opacity; not premultiplied. */
  data: Uint8ClampedArray
}

export type SignColours = Record<Sign, Rgb>

/** Of ui.md: on a light map, and on a dark one. */
export const LIGHT: SignColours = {
  free: [24, 122, 66],
  occupied: [102, 117, 127],
  unknown: [168, 101, 0],
  mine: [11, 110, 110],
  me: [11, 110, 110],
}
export const DARK: SignColours = {
  free: [92, 201, 138],
  occupied: [158, 171, 179],
  unknown: [230, 165, 62],
  mine: [79, 195, 195],
  me: [79, 195, 195],
}
export const PAPER: Record<'light' | 'dark', Rgb> = { light: [255, 255, 255], dark: [16, 22, 23] }

/** Signs in order of name. */
export const SIGNS: readonly Sign[] = ['free', 'me', 'mine', 'occupied', 'unknown']

/** Points a side are looked at for one point of the picture: edges come out smooth. */
const FINE = 3

/** What of a sign lies at a place; x and y from -1 to 1. */
type Ink = 'colour' | 'paper' | null

const SHAPES: Record<Sign, (x: number, y: number) => Ink> = {
  free: (x, y) => disc(Math.hypot(x, y), 0.78),
  occupied: (x, y) => ring(Math.hypot(x, y)),
  unknown: (x, y) => {
    const radius = Math.hypot(x, y)
    const part = ((Math.atan2(y, x) / (2 * Math.PI) + 1) * 6) % 1
    return ring(radius) === 'colour' && part > 0.58 ? 'paper' : ring(radius)
  },
  mine: (x, y) => pin(x, y),
  me: (x, y) => {
    const radius = Math.hypot(x, y)
    if (radius > 0.8) return null
    return radius > 0.58 ? 'paper' : 'colour'
  },
}

function disc(radius: number, edge: number): Ink {
  if (radius > edge + 0.14) return null
  return radius > edge ? 'paper' : 'colour'
}

function ring(radius: number): Ink {
  if (radius > 0.9) return null
  return radius > 0.78 || radius < 0.46 ? 'paper' : 'colour'
}

/** A drop whose tip is at the bottom in the middle, with a hole. */
function pin(x: number, y: number): Ink {
  const inside = (grow: number) => {
    const radius = Math.hypot(x, y + 0.34)
    if (radius <= 0.5 + grow) return true
    const down = (0.92 + grow - y) / 1.05
    return y > -0.2 && y <= 0.92 + grow && Math.abs(x) <= 0.46 * down + grow * 0.5
  }
  if (!inside(0.08)) return null
  if (!inside(0)) return 'paper'
  return Math.hypot(x, y + 0.34) < 0.2 ? 'paper' : 'colour'
}

/** A sign of `side_px` by `side_px` points. */
export function drawSign(sign: Sign, side_px: number, colour: Rgb, paper: Rgb): Picture {
  const data = new Uint8ClampedArray(side_px * side_px * 4)
  const shape = SHAPES[sign]
  for (let row = 0; row < side_px; row += 1) {
    for (let column = 0; column < side_px; column += 1) {
      point(data, (row * side_px + column) * 4, (dx, dy) =>
        shape(((column + dx) / side_px) * 2 - 1, ((row + dy) / side_px) * 2 - 1), colour, paper)
    }
  }
  return { width: side_px, height: side_px, data }
}

function point(data: Uint8ClampedArray, at: number, ink: (dx: number, dy: number) => Ink, colour: Rgb, paper: Rgb) {
  let coloured = 0
  let papered = 0
  for (let step = 0; step < FINE * FINE; step += 1) {
    const found = ink(((step % FINE) + 0.5) / FINE, (Math.floor(step / FINE) + 0.5) / FINE)
    if (found === 'colour') coloured += 1
    else if (found === 'paper') papered += 1
  }
  const inked = coloured + papered
  if (inked === 0) return
  for (const channel of [0, 1, 2] as const) {
    data[at + channel] = (colour[channel] * coloured + paper[channel] * papered) / inked
  }
  data[at + 3] = (255 * inked) / (FINE * FINE)
}
