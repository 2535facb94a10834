/**
 * Builds the app: `node tools/build.mjs [h5] [mp] [--check]`; both targets if none is named.
 *
 * Installs the locked packages if they are not there, checks the types, builds, compresses the H5 beside its
 * files, and weighs the mini-program. A target whose sources are those of its last build is left alone.
 * With `--check` the types of the API must be those of the gateway, and the sources' types are always checked.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compress } from './compress.mjs'
import { weigh } from './weigh.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TARGETS = { h5: 'h5', mp: 'mp-weixin' }
/** What a build is made of, beside what lies in src. */
const SETTINGS = ['index.html', 'vite.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json', 'tools/build.mjs']
/** Written by the install: which lock file lies in node_modules. */
const INSTALLED = join(ROOT, 'node_modules', '.bowei-lock')
/** The gateway's only setting that gets into a build. */
const ORIGIN = process.env.VITE_API_ORIGIN ?? ''

function run(what, command, ...args) {
  const began = Date.now()
  const done = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } })
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`)
    console.error(`driver's app: ${what} failed${done.error ? `: ${done.error.message}` : ''}`)
    process.exit(1)
  }
  console.log(`driver's app: ${what} took ${((Date.now() - began) / 1000).toFixed(1)} s`)
  return done.stdout
}

function digest(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

const read = (name) => readFileSync(join(ROOT, name))

function sources() {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length))
    .sort()
  return digest(ORIGIN, ...[...SETTINGS, ...files].flatMap((name) => [name, read(name)]))
}

function install() {
  const lock = digest(read('package-lock.json'), process.versions.modules)
  const kept = existsSync(INSTALLED) ? readFileSync(INSTALLED, 'utf8') : ''
  if (kept === lock) return
  // NODE_ENV would leave out what only the build needs.
  run('installing the locked packages', 'npm', 'ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund')
  writeFileSync(INSTALLED, lock)
}

const folder = (target) => join(ROOT, 'dist', 'build', TARGETS[target])
const stamp = (target) => join(ROOT, 'dist', 'build', `${target}.stamp`)

function isBuilt(target, state) {
  const kept = existsSync(stamp(target)) ? readFileSync(stamp(target), 'utf8') : ''
  return kept === state && existsSync(folder(target))
}

function build(target, state) {
  rmSync(stamp(target), { force: true })
  run(`building ${TARGETS[target]}`, 'npm', 'run', '--silent', `build:${TARGETS[target]}`)
  if (target === 'h5') compress(folder(target))
  // The mini-program's scripts are CommonJS, whatever the package around them says: its tests load them.
  writeFileSync(join(ROOT, 'dist', 'build', 'package.json'), '{"type":"commonjs"}\n')
  writeFileSync(stamp(target), state)
}

const named = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const wrong = named.find((word) => !(word in TARGETS))
if (wrong) {
  console.error(`unknown target ${wrong}: h5 or mp`)
  process.exit(2)
}
const check = process.argv.includes('--check')
const state = sources()
const due = (named.length ? named : Object.keys(TARGETS)).filter((target) => !isBuilt(target, state))
if (due.length || check) install()
if (check) run('checking the types of the API', 'npm', 'run', '--silent', 'api:check')
if (due.length || check) run('checking types', 'npm', 'run', '--silent', 'type-check')
for (const target of due) build(target, state)
if (existsSync(folder('mp'))) weigh(folder('mp'))
