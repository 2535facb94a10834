/**
 * Draws the signs of the mini-program's map into src/static/map/*.png, from the same shapes as H5's map
 * (src/components/bay-map/icons.ts).
 *
 *   node tools/map-icons.mjs
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtempSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const SIDE_PX = 72
/** Of these the native map needs a file; where the phone is it draws by itself. */
const DRAWN = ['free', 'occupied', 'unknown', 'mine']

const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'map-icons-'))
try {
  const outfile = join(work, 'icons.mjs')
  await build({ entryPoints: [join(root, 'src/components/bay-map/icons.ts')], outfile, bundle: true, format: 'esm', logLevel: 'error' })
  const { drawSign, LIGHT, PAPER } = await import(pathToFileURL(outfile).href)
  mkdirSync(join(root, 'src/static/map'), { recursive: true })
  for (const sign of DRAWN) writeFileSync(join(root, `src/static/map/${sign}.png`), png(drawSign(sign, SIDE_PX, LIGHT[sign], PAPER.light)))
} finally {
  rmSync(work, { recursive: true })
}

/** PNG (W3C PNG, third edition): eight bits, red, green, blue and opacity, no filter. */
function png({ width, height, data }) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 6, 0, 0, 0], 8)
  const rows = Buffer.alloc((width * 4 + 1) * height)
  for (let row = 0; row < height; row += 1) rows.set(data.subarray(row * width * 4, (row + 1) * width * 4), row * (width * 4 + 1) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

function chunk(kind, content) {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named) >>> 0)
  return Buffer.concat([length, named, check])
}
