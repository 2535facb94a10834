/**
 * The types of the API, from the gateway's own description.
 *
 * `npm run api` writes src/api/schema.d.ts; `npm run api:check` fails when it is stale. The description
 * comes from `gateway openapi`: the binary named by BOWEI_GATEWAY, or one that the workspace has built;
 * or from the file named by BOWEI_OPENAPI.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const TARGET = here('../src/api/schema.d.ts')
const HEADER = '/** The types of the gateway\'s API. Made by `npm run api`; not edited by hand. */\n'

function description() {
  if (process.env.BOWEI_OPENAPI) return readFileSync(process.env.BOWEI_OPENAPI, 'utf8')
  const built = ['../../target/release/gateway', '../../target/debug/gateway'].map(here)
  const gateway = process.env.BOWEI_GATEWAY ?? built.find((path) => existsSync(path))
  if (!gateway) {
    console.error('No gateway to ask: build it (`cargo build -p gateway`), or name one in BOWEI_GATEWAY.')
    process.exit(2)
  }
  return execFileSync(gateway, ['openapi'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}

/** What only the operator's people use is left out. */
const NOT_OURS = /^\/api\/v1\/(staff|ledger|devices|installations|mqtt|zones)\b|^\/api\/openapi|notify$|^\/metrics/

/** Without foreign routes, problem answers (all of one shape), and ids (the types are named by path). */
function ours({ paths, components, ...rest }) {
  const kept = {}
  for (const [path, operations] of Object.entries(paths)) {
    if (NOT_OURS.test(path)) continue
    for (const operation of Object.values(operations)) {
      delete operation.operationId
      for (const status of Object.keys(operation.responses ?? {})) {
        if (Number(status) >= 400) delete operation.responses[status]
      }
    }
    kept[path] = operations
  }
  const schemas = {}
  reach(kept, components.schemas, schemas)
  reach(components.schemas.Problem && { $ref: '#/components/schemas/Problem' }, components.schemas, schemas)
  return { ...rest, paths: kept, components: { ...components, schemas } }
}

/** Every schema that a value names, and those that these name. */
function reach(value, from, into) {
  if (value === null || typeof value !== 'object') return
  const name = typeof value.$ref === 'string' ? value.$ref.split('/').pop() : undefined
  if (name && !(name in into)) {
    into[name] = from[name]
    reach(from[name], from, into)
  }
  for (const inner of Object.values(value)) reach(inner, from, into)
}

const types = HEADER + astToString(await openapiTS(ours(JSON.parse(description()))))
if (process.argv.includes('--check')) {
  const kept = existsSync(TARGET) ? readFileSync(TARGET, 'utf8') : ''
  if (kept !== types) {
    console.error('src/api/schema.d.ts is stale: run `npm run api` and commit it.')
    process.exit(1)
  }
  console.log('src/api/schema.d.ts is up to date')
} else {
  writeFileSync(TARGET, types)
  console.log('wrote src/api/schema.d.ts')
}
