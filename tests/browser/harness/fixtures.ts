/** A town for each file of tests, its street, and the app in a browser that is watched. */
import { existsSync } from 'node:fs'
import { test as base } from '@playwright/test'
import { App } from './app.ts'
import { APP } from './places.ts'
import { Street } from './street.ts'
import { Town } from './town.ts'
import { Watch } from './watch.ts'

interface OfTest { app: App; watch: Watch }
interface OfWorker {
  /** Names the town of a file; another name is another town. */
  townOf: string
  town: Town
  street: Street
}

export const test = base.extend<OfTest, OfWorker>({
  townOf: ['', { scope: 'worker', option: true }],
  town: [
    async ({ townOf: _of }, use) => {
      if (!existsSync(`${APP}/index.html`)) throw new Error(`no app in ${APP}: build it with \`make web\``)
      const town = await Town.start()
      await use(town)
      await town.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  street: [
    async ({ town }, use) => {
      const street = await Street.of(town)
      await use(street)
      await street.end()
    },
    { scope: 'worker' },
  ],
  watch: [
    async ({ context }, use) => {
      const watch = await Watch.over(context)
      await use(watch)
      watch.expectNothing()
    },
    { auto: true },
  ],
  app: async ({ page, town, watch: _watch }, use) => {
    await use(new App(page, town))
  },
})

export { expect } from '@playwright/test'
