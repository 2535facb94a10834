/** The tools of the build: what is compressed, and what a mini-program weighs. */
const assert = require('node:assert/strict')
const { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { test } = require('node:test')
const { brotliDecompressSync, gunzipSync } = require('node:zlib')

const folder = () => mkdtempSync(join(tmpdir(), 'bowei-'))

test('texts that are worth it lie compressed beside themselves, and say the same', async () => {
  const { compress } = await import('../tools/compress.mjs')
  const built = folder()
  mkdirSync(join(built, 'assets'))
  const script = 'console.log("泊位")\n'.repeat(200)
  writeFileSync(join(built, 'assets/index.js'), script)
  writeFileSync(join(built, 'small.css'), 'a{}')
  writeFileSync(join(built, 'tab.png'), Buffer.alloc(4096))
  compress(built)
  assert.equal(brotliDecompressSync(readFileSync(join(built, 'assets/index.js.br'))).toString(), script)
  assert.equal(gunzipSync(readFileSync(join(built, 'assets/index.js.gz'))).toString(), script)
  for (const name of ['small.css.br', 'tab.png.br', 'tab.png.gz']) assert.ok(!existsSync(join(built, name)), name)
})

test('each package is weighed by itself, without what is not uploaded', async () => {
  const { packages } = await import('../tools/weigh.mjs')
  const built = folder()
  mkdirSync(join(built, 'invoice'))
  writeFileSync(join(built, 'app.json'), JSON.stringify({ subPackages: [{ root: 'invoice', pages: [] }] }))
  const main = readFileSync(join(built, 'app.json')).length
  writeFileSync(join(built, 'app.js'), 'x'.repeat(100))
  writeFileSync(join(built, 'app.js.map'), 'x'.repeat(9000))
  writeFileSync(join(built, 'invoice/page.js'), 'x'.repeat(30))
  assert.deepEqual(packages(built), { main: main + 100, 'invoice/': 30 })
})
