/** Weighs a built mini-program as WeChat does: the main package and each sub-package must stay below 2 MiB. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

const LIMIT = 2 * 1024 * 1024
/** Not uploaded. */
const LEFT_OUT = new Set(['.map', '.md'])

/** Bytes of each package, by the root of the sub-package; the main one is `main`. */
export function packages(folder) {
  const app = JSON.parse(readFileSync(join(folder, 'app.json'), 'utf8'))
  const roots = (app.subPackages ?? app.subpackages ?? []).map(({ root }) => `${root.replace(/\/$/, '')}/`)
  const bytes = { main: 0 }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || LEFT_OUT.has(extname(entry.name))) continue
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const inside = path.slice(folder.length + 1)
    const owner = roots.find((root) => inside.startsWith(root)) ?? 'main'
    bytes[owner] = (bytes[owner] ?? 0) + statSync(path).size
  }
  return bytes
}

export function weigh(folder) {
  for (const [name, bytes] of Object.entries(packages(folder))) {
    const size = `${(bytes / 1024).toFixed(0)} KiB of 2048`
    if (bytes >= LIMIT) {
      console.error(`driver's app: package ${name} of the mini-program is too heavy: ${size}`)
      process.exit(1)
    }
    console.log(`driver's app: package ${name} of the mini-program is ${size}`)
  }
}
