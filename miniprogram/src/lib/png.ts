/** A picture of modules as a PNG (one bit a pixel, not compressed), since a browser and the mini-program both show that. Pure. */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Light around a code, in modules, as the standard asks for. */
const QUIET = 4

/** Each module `scale` pixels wide; true is black. */
export function pngOf(modules: readonly (readonly boolean[])[], scale: number): Uint8Array {
  const size = (modules.length + 2 * QUIET) * scale
  const raw: number[] = []
  for (let y = 0; y < size; y += 1) {
    // Each line begins with its filter: none.
    raw.push(0)
    const row = modules[Math.floor(y / scale) - QUIET] ?? []
    for (let x = 0; x < size; x += 8) {
      let byte = 0
      for (let bit = 0; bit < 8; bit += 1) byte = byte * 2 + (row[Math.floor((x + bit) / scale) - QUIET] ? 0 : 1)
      raw.push(byte)
    }
  }
  const head = [...word(size), ...word(size), 1, 0, 0, 0, 0]
  return Uint8Array.from([...SIGNATURE, ...chunk('IHDR', head), ...chunk('IDAT', stored(raw)), ...chunk('IEND', [])])
}

const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff)

function chunk(name: string, data: readonly number[]): number[] {
  const body = [...Array.from(name, (letter) => letter.charCodeAt(0)), ...data]
  return [...word(data.length), ...body, ...word(crc(body))]
}

/** A zlib stream of blocks that are stored as they are. */
function stored(raw: readonly number[]): number[] {
  const out = [0x78, 0x01]
  for (let from = 0; from < raw.length; from += 0xffff) {
    const part = raw.slice(from, from + 0xffff)
    const length = [part.length & 0xff, part.length >> 8]
    out.push(from + part.length >= raw.length ? 1 : 0, ...length, ...length.map((byte) => byte ^ 0xff))
    for (const byte of part) out.push(byte)
  }
  return [...out, ...word(adler(raw))]
}

function crc(bytes: readonly number[]): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return ~sum >>> 0
}

function adler(bytes: readonly number[]): number {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return ((b << 16) | a) >>> 0
}
