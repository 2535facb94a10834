/**
 * The browser tests' town, street and drivers, for these tests too: one harness, translated as it is loaded.
 *
 * Its packages lie in tests/browser/node_modules.
 */
const { mkdirSync } = require('node:fs')
const { resolve } = require('node:path')
const { buildSync } = require('esbuild')

const REPOSITORY = resolve(__dirname, '../..')
const OUT = resolve(REPOSITORY, 'target/browser/harness.cjs')

mkdirSync(resolve(OUT, '..'), { recursive: true })
buildSync({
  entryPoints: [resolve(REPOSITORY, 'tests/browser/harness/all.ts')],
  bundle: true, platform: 'node', format: 'cjs', target: 'node20', outfile: OUT, logLevel: 'error',
})

module.exports = require(OUT)
