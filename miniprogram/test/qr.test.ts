/** QR codes: the standard's own example, and every version read back by a reader that knows only the standard. */
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { pngOf } from '@/lib/png'
import { correctionWords, dataWords, qrOf, withRemainder, type Modules } from '@/lib/qr'

describe('the words', () => {
  it('of correction are those of the example in annex I of ISO/IEC 18004 (01234567, 1-M)', () => {
    const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11]
    expect(correctionWords(data, 10)).toEqual([0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55])
  })
  it('of format and version are those of annexes C and D', () => {
    // Level M, mask 5; version 7.
    expect((withRemainder(0b00101, 0x537, 10) ^ 0x5412).toString(2)).toBe('100000011001110')
    expect(withRemainder(7, 0x1f25, 12).toString(2)).toBe('111110010010100')
  })
  it('of a byte: mode 0100, length 1, the byte, the end, padding', () => {
    // 0100 00000001 01000001 0000 | 11101100 00010001 …
    expect(dataWords(Uint8Array.of(0x41), 1).slice(0, 5)).toEqual([0x40, 0x14, 0x10, 0xec, 0x11])
  })
})

/** Level M by version: data words of each block, in their order (table 9). */
const BLOCKS = [[16], [28], [44], [32, 32], [43, 43], [27, 27, 27, 27], [31, 31, 31, 31], [38, 38, 39, 39], [36, 36, 36, 37, 37], [43, 43, 43, 43, 44]]
const CENTRES = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]

function isFunction(version: number, size: number, row: number, col: number): boolean {
  const corner = (row < 9 && col < 9) || (row < 9 && col >= size - 8) || (row >= size - 8 && col < 9)
  const versionArea = version >= 7 && ((row < 6 && col >= size - 11) || (col < 6 && row >= size - 11))
  const centres = CENTRES[version - 1]!
  const aligned = centres.some((r) => centres.some((c) => {
    const finder = (r === 6 && c === 6) || (r === 6 && c === size - 7) || (r === size - 7 && c === 6)
    return !finder && Math.abs(row - r) <= 2 && Math.abs(col - c) <= 2
  }))
  return corner || versionArea || aligned || row === 6 || col === 6
}

function invert(mask: number, i: number, j: number): boolean {
  const [sum, product] = [i + j, i * j]
  return [sum % 2, i % 2, j % 3, sum % 3, ((i >> 1) + Math.trunc(j / 3)) % 2, (product % 2) + (product % 3), ((product % 2) + (product % 3)) % 2, ((sum % 2) + (product % 3)) % 2][mask] === 0
}

/** Reads the text of a code that has no faults. */
function read(modules: Modules): string {
  const size = modules.length
  const version = (size - 17) / 4
  const dark = (row: number, col: number) => modules[row]![col]!
  // Beside the upper left finder, from bit 14 down: columns 0 to 5 of row 8 are its upper bits.
  const format = [0, 1, 2, 3, 4].map((col) => Number(dark(8, col))).join('')
  const word = Number.parseInt(format, 2) ^ (0x5412 >> 10)
  expect(word >> 3, 'level M').toBe(0)
  const bits: number[] = []
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step += 1) for (const col of [right, right - 1]) {
      const row = up ? size - 1 - step : step
      if (!isFunction(version, size, row, col)) bits.push(Number(dark(row, col) !== invert(word & 7, row, col)))
    }
  }
  const words = Array.from({ length: Math.floor(bits.length / 8) }, (_none, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2))
  const blocks: number[][] = BLOCKS[version - 1]!.map(() => [])
  const longest = Math.max(...BLOCKS[version - 1]!)
  let at = 0
  for (let place = 0; place < longest; place += 1) BLOCKS[version - 1]!.forEach((length, block) => place < length && blocks[block]!.push(words[at++]!))
  const stream = blocks.flat().map((value) => value.toString(2).padStart(8, '0')).join('')
  expect(stream.slice(0, 4)).toBe('0100')
  const begin = version < 10 ? 12 : 20
  const count = Number.parseInt(stream.slice(4, begin), 2)
  const bytes = Array.from({ length: count }, (_none, byte) => Number.parseInt(stream.slice(begin + byte * 8, begin + byte * 8 + 8), 2))
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

describe('a code', () => {
  it('of every version is read back, from the shortest to the longest text that fits', () => {
    // What level M holds in bytes (table 7).
    const most = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
    for (const length of most.flatMap((bytes, at) => [(most[at - 1] ?? 0) + 1, bytes])) {
      const text = Array.from({ length }, (_none, at) => String.fromCharCode(33 + ((at * 37 + length) % 90))).join('')
      const code = qrOf(text)!
      expect(code.length).toBe((most.findIndex((bytes) => bytes >= length) + 1) * 4 + 17)
      expect(read(code)).toBe(text)
    }
    expect(qrOf('x'.repeat(214))).toBeUndefined()
  })
  it('carries Chinese', () => expect(read(qrOf('泊位 SY01')!)).toBe('泊位 SY01'))
})

it('a picture has four light modules around the code, and every pixel of it', () => {
  const png = pngOf([[true, false], [false, true]], 4)
  expect([...png.slice(12, 16)].map((byte) => String.fromCharCode(byte)).join('')).toBe('IHDR')
  const view = new DataView(png.buffer)
  // Two modules and four at each side, four pixels each.
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([40, 40])
  const raw = inflateSync(png.subarray(41, 41 + view.getUint32(33)))
  const line = (y: number) => [...raw.subarray(y * 6, y * 6 + 6)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  expect(line(0)).toBe(`00000000${'1'.repeat(40)}`)
  expect(line(16)).toBe(`00000000${'1'.repeat(16)}0000${'1'.repeat(20)}`)
  expect(line(23)).toBe(`00000000${'1'.repeat(20)}0000${'1'.repeat(16)}`)
})
