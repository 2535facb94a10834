/** The files of the mini-program's map are those that `node tools/map-icons.mjs` draws now. */
import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { drawSign, LIGHT, PAPER } from '@/components/bay-map/icons'

/** Width, height and points of a PNG without filters (W3C PNG, third edition). */
function read(name: string): { width: number; height: number; rows: Uint8Array } {
  const file = readFileSync(`src/static/map/${name}.png`)
  const width = file.readUInt32BE(16)
  const height = file.readUInt32BE(20)
  const length = file.readUInt32BE(33)
  return { width, height, rows: inflateSync(file.subarray(41, 41 + length)) }
}

it.each(['free', 'occupied', 'unknown', 'mine'] as const)('%s.png is drawn from the shape of that state', (sign) => {
  const { width, height, rows } = read(sign)
  const { data } = drawSign(sign, width, LIGHT[sign], PAPER.light)
  expect(rows.length).toBe((width * 4 + 1) * height)
  for (let row = 0; row < height; row += 1) {
    const at = row * (width * 4 + 1)
    expect([...rows.subarray(at + 1, at + 1 + width * 4)]).toEqual([...data.subarray(row * width * 4, (row + 1) * width * 4)])
  }
})
