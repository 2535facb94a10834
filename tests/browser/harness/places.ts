/** Where things lie: the repository, the gateway's program, the built app, the browser, and what a run leaves. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** From wherever the tests are started inside it. */
function repository(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(`${folder}/billing/tariffs`)) return folder
    if (folder === dirname(folder)) throw new Error(`${process.cwd()} lies outside the repository`)
  }
}

export const REPOSITORY = repository()
export const ARTEFACTS = `${REPOSITORY}/target/browser`
export const GATEWAY = process.env.BOWEI_GATEWAY ?? `${REPOSITORY}/target/debug/gateway`
export const APP = process.env.BOWEI_H5 ?? `${REPOSITORY}/miniprogram/dist/build/h5`
export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
export const PICTURES = `${REPOSITORY}/docs/pictures/driver`
