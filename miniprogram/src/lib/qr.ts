/**
 * A QR code of a text (ISO/IEC 18004): byte mode, error correction M, versions 1 to 10, which is up to 213 bytes.
 *
 * Pure: text in, modules out. The mask is chosen by the standard's penalties.
 */
import { utf8 } from './bytes'

/** Rows of modules; true is dark. */
export type Modules = boolean[][]

/** By version, level M: all code words, those of correction in a block, blocks. Table 9 of the standard. */
const SIZES: readonly (readonly [number, number, number])[] = [
  [26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2], [172, 16, 4], [196, 18, 4], [242, 22, 4], [292, 22, 5], [346, 26, 5],
]
/** Middles of the alignment patterns by version, annex E. */
const ALIGNED: readonly (readonly number[])[] = [
  [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
]
const MASKS: readonly ((row: number, col: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0, (r) => r % 2 === 0, (_r, c) => c % 3 === 0, (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0, (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0, (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
]

/** Undefined if the text is too long. */
export function qrOf(text: string): Modules | undefined {
  const bytes = new Uint8Array(utf8(text))
  const version = SIZES.findIndex(([all, correction, blocks], at) => all - correction * blocks >= bytes.length + (at < 9 ? 2 : 3)) + 1
  if (version === 0) return undefined
  const words = interleaved(dataWords(bytes, version), version)
  const fixed = fixedModules(version)
  const drawn = MASKS.map((_mask, mask) => masked(fixed, words, mask)).map((modules) => ({ modules, penalty: penalty(modules) }))
  return drawn.reduce((best, one) => (one.penalty < best.penalty ? one : best)).modules
}

/** Mode, length, bytes, end, and padding up to what the version holds. */
export function dataWords(bytes: Uint8Array, version: number): number[] {
  const [all, correction, blocks] = SIZES[version - 1] as [number, number, number]
  const room = all - correction * blocks
  const bits = [...bitsOf(0b0100, 4), ...bitsOf(bytes.length, version < 10 ? 8 : 16), ...[...bytes].flatMap((byte) => bitsOf(byte, 8))]
  bits.push(...bitsOf(0, Math.min(4, room * 8 - bits.length)))
  while (bits.length % 8) bits.push(0)
  const words = Array.from({ length: bits.length / 8 }, (_none, at) => numberOf(bits.slice(at * 8, at * 8 + 8)))
  for (let pad = 0xec; words.length < room; pad ^= 0xec ^ 0x11) words.push(pad)
  return words
}

const bitsOf = (value: number, count: number) => Array.from({ length: count }, (_none, at) => (value >> (count - 1 - at)) & 1)
const numberOf = (bits: readonly number[]) => bits.reduce((sum, bit) => sum * 2 + bit, 0)

/** Block by block with its correction, then word by word over the blocks. */
function interleaved(data: readonly number[], version: number): number[] {
  const [, correction, count] = SIZES[version - 1] as [number, number, number]
  const short = Math.floor(data.length / count)
  const long = data.length % count
  const blocks: (readonly number[])[] = []
  for (let at = 0, from = 0; at < count; at += 1) {
    const length = short + (at >= count - long ? 1 : 0)
    blocks.push(data.slice(from, from + length))
    from += length
  }
  const across = (rows: readonly (readonly number[])[]) =>
    Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_none, at) => rows.flatMap((row) => (at < row.length ? [row[at] as number] : []))).flat()
  return [...across(blocks), ...across(blocks.map((block) => correctionWords(block, correction)))]
}

/** Product in GF(256) over x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product & 0x80 ? 0x11d : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** Reed-Solomon: what is left of the data over the generator with the roots 2⁰ … 2ⁿ⁻¹. */
export function correctionWords(data: readonly number[], count: number): number[] {
  let generator = [1]
  for (let at = 0, root = 1; at < count; at += 1, root = times(root, 2)) {
    const longer = [...generator, 0]
    generator.forEach((factor, place) => (longer[place + 1] = (longer[place + 1] as number) ^ times(factor, root)))
    generator = longer
  }
  const rest = Array.from({ length: count }, () => 0)
  for (const word of data) {
    const lead = word ^ (rest.shift() as number)
    rest.push(0)
    for (let at = 0; at < count; at += 1) rest[at] = (rest[at] as number) ^ times(generator[at + 1] as number, lead)
  }
  return rest
}

/** A word with the remainder of a BCH code behind it. */
export function withRemainder(word: number, polynomial: number, bits: number): number {
  let rest = word << bits
  for (let at = 31 - Math.clz32(rest); at >= bits; at = 31 - Math.clz32(rest)) rest ^= polynomial << (at - bits)
  return (word << bits) | rest
}

type Fixed = (boolean | undefined)[][]

/** What does not depend on the text; the place of the format is kept free for it. */
function fixedModules(version: number): Fixed {
  const size = version * 4 + 17
  const grid: Fixed = Array.from({ length: size }, () => Array.from({ length: size }, () => undefined))
  const put = (row: number, col: number, dark: boolean) => {
    if (row >= 0 && col >= 0 && row < size && col < size) (grid[row] as (boolean | undefined)[])[col] = dark
  }
  const square = (row: number, col: number, reach: number, dark: (ring: number) => boolean) => {
    for (let r = -reach; r <= reach; r += 1) for (let c = -reach; c <= reach; c += 1) put(row + r, col + c, dark(Math.max(Math.abs(r), Math.abs(c))))
  }
  for (let at = 8; at < size - 8; at += 1) {
    put(6, at, at % 2 === 0)
    put(at, 6, at % 2 === 0)
  }
  for (const [row, col] of [[3, 3], [3, size - 4], [size - 4, 3]] as const) square(row, col, 4, (ring) => ring !== 2 && ring !== 4)
  const middles = ALIGNED[version - 1] ?? []
  const last = middles[middles.length - 1] ?? 0
  for (const row of middles) for (const col of middles) {
    const corner = (row === 6 && (col === 6 || col === last)) || (row === last && col === 6)
    if (!corner) square(row, col, 2, (ring) => ring !== 1)
  }
  for (const [row, col] of formatPlaces(size).flat()) put(row, col, false)
  put(size - 8, 8, true)
  if (version >= 7) {
    const word = withRemainder(version, 0x1f25, 12)
    for (let at = 0; at < 18; at += 1) {
      const [far, near] = [size - 11 + (at % 3), Math.floor(at / 3)]
      for (const [row, col] of [[far, near], [near, far]] as const) put(row, col, ((word >> at) & 1) === 1)
    }
  }
  return grid
}

/** Where the fifteen bits of the format stand, twice, the lowest first. */
function formatPlaces(size: number): [number, number][][] {
  return Array.from({ length: 15 }, (_none, at) => [
    at < 6 ? [at, 8] : at < 8 ? [at + 1, 8] : at === 8 ? [8, 7] : [8, 14 - at],
    at < 8 ? [8, size - 1 - at] : [size - 15 + at, 8],
  ])
}

/** With the words in their zigzag from the lower right, and the format of level M and this mask. */
function masked(fixed: Fixed, words: readonly number[], mask: number): Modules {
  const size = fixed.length
  const free = fixed.map((row) => row.map((module) => module === undefined))
  const grid = fixed.map((row) => row.map((module) => module ?? false))
  const format = withRemainder(mask, 0x537, 10) ^ 0x5412
  formatPlaces(size).forEach((twice, at) => twice.forEach(([row, col]) => ((grid[row] as boolean[])[col] = ((format >> at) & 1) === 1)))
  let bit = 0
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right -= 1
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step
      for (const col of [right, right - 1]) {
        if (!free[row]?.[col]) continue
        const dark = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        ;(grid[row] as boolean[])[col] = dark !== MASKS[mask]?.(row, col)
        bit += 1
      }
    }
  }
  return grid
}

/** The four penalties of the standard: runs, squares, what looks like a finder, too much of one shade. */
function penalty(grid: Modules): number {
  const size = grid.length
  const lines = [...grid, ...grid.map((_row, at) => grid.map((row) => row[at] as boolean))].map((line) => line.map(Number).join(''))
  let sum = 0
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2
    sum += 40 * ([...line.matchAll(/(?=00001011101|10111010000)/g)].length)
  }
  for (let r = 1; r < size; r += 1) for (let c = 1; c < size; c += 1) {
    const here = grid[r]?.[c]
    if (here === grid[r - 1]?.[c] && here === grid[r]?.[c - 1] && here === grid[r - 1]?.[c - 1]) sum += 3
  }
  const dark = grid.flat().filter(Boolean).length
  return sum + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5)
}
