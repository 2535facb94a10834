/** Writes a brotli and a gzip copy beside each text file of a folder, for a server that gives them as they are. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const TEXTS = new Set(['.css', '.html', '.js', '.json', '.mjs', '.svg', '.txt'])
/** Bytes below which a copy saves no packet. */
const WORTH = 1024

export function compress(folder) {
  let [plain, sent] = [0, 0]
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    if (!entry.isFile() || !TEXTS.has(extname(path))) continue
    const content = readFileSync(path)
    if (content.length < WORTH) continue
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
    const brotli = brotliCompressSync(content, { params })
    writeFileSync(`${path}.br`, brotli)
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
    plain += content.length
    sent += brotli.length
  }
  console.log(`driver's app: ${kib(plain)} of scripts and styles are ${kib(sent)} by brotli`)
}

const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`
