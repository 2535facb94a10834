/**
 * The first useful screen of a phone that was never here: below two seconds on 4G.
 *
 * The line is that of WebPageTest's profile `4G`: 9 Mbit/s both ways, 170 ms there and back; nothing is cached.
 * Useful: the search field and the first bays with their state can be read.
 */
import { PATIENCE } from '../harness/app.ts'
import { expect, test } from '../harness/fixtures.ts'

test.use({ townOf: 'fast' })

const BYTES_PER_S = 9_000_000 / 8
const THERE_AND_BACK_MS = 170
const LIMIT_MS = 2_000

/** Files of pages that are not the first one. */
const ahead = (paths: readonly string[]) => paths.filter((path) => /\/pages-(?!find-index)[\w-]+\.\w+\.js$/.test(path))

test('the first useful screen takes less than two seconds on 4G', async ({ app, page, street }) => {
  await street.free('SY20', 'SY21', 'SY22')
  const line = await page.context().newCDPSession(page)
  await line.send('Network.enable')
  await line.send('Network.setCacheDisabled', { cacheDisabled: true })
  await line.send('Network.emulateNetworkConditions', {
    offline: false, latency: THERE_AND_BACK_MS, downloadThroughput: BYTES_PER_S, uploadThroughput: BYTES_PER_S,
  })
  // Measured in the page, from the navigation on: the driver of the browser costs no time.
  await page.addInitScript(() => {
    const look = () => {
      const page = document.querySelector('[data-testid="page-find"][data-ready="true"]')
      if (page && document.querySelector('[data-testid="hit"]')) document.documentElement.dataset.useful = String(performance.now())
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  const asked: string[] = []
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
  await page.goto(`${app.town.url}/`, { waitUntil: 'commit' })
  await expect(page.locator('html')).toHaveAttribute('data-useful', /\d/, PATIENCE)
  const useful = Number(await page.locator('html').getAttribute('data-useful'))
  expect(ahead(asked), 'pages to come do not take the line from the first one').toEqual([])
  const sent = await page.evaluate(() => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    return entries.reduce((sum, { transferSize }) => sum + transferSize, 0)
  })
  test.info().annotations.push({ type: 'first useful screen', description: `${useful.toFixed(0)} ms, ${sent} bytes so far` })
  console.log(`first useful screen after ${useful.toFixed(0)} ms, ${(sent / 1024).toFixed(0)} KiB`)
  expect(useful).toBeLessThan(LIMIT_MS)
  await expect.poll(() => ahead(asked).length, PATIENCE).toBeGreaterThan(0)
})
