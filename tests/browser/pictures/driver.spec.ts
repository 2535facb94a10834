/**
 * The pictures of docs/DRIVER.md, 360 × 740 in Chinese: one walk through the demo's town, made anew by
 * `make driver-pictures`. A picture is as the app is, or the command fails.
 */
import { mkdirSync } from 'node:fs'
import { PATIENCE } from '../harness/app.ts'
import { expect, test } from '../harness/fixtures.ts'
import { PICTURES } from '../harness/places.ts'

test.use({ townOf: 'pictures', colorScheme: 'light' })

const [BAY, MINE, PLATE] = ['SY02', 'SY01', '甘D12345']

test('the pictures of the guide for drivers', async ({ app, street, page }) => {
  test.setTimeout(300_000)
  mkdirSync(PICTURES, { recursive: true })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const picture = async (name: string) => {
    // Letters and tiles that are still coming.
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined)
    await page.screenshot({ path: `${PICTURES}/${name}.png`, animations: 'disabled', caret: 'hide', timeout: 60_000 })
  }
  await street.free(BAY, 'SY03', 'SY04', 'SY15')
  await street.stoodFor(MINE, 125)
  await app.signIn('13800000099')

  await app.open('/', 'find')
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
  await expect(page.locator('[data-testid="map"][data-ready="true"]')).toBeVisible(PATIENCE)
  await picture('find')
  await app.open(`/pages/find/bay?code=${BAY}`, 'bay')
  await picture('bay')
  await app.tap('bay-go')
  await app.shows('route')
  await expect(app.at('route-step').first()).toBeVisible(PATIENCE)
  await picture('route')

  await app.open(`/pages/park/claim?code=${MINE}`, 'claim')
  await app.tap('claim-plate')
  for (const letter of PLATE.slice(0, 3)) await app.tap('plate-key', letter)
  await picture('claim')
  for (const letter of PLATE.slice(3)) await app.tap('plate-key', letter)
  await app.tap('plate-done')
  await app.tap('claim-send')
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-visit').first()).toBeVisible(PATIENCE)
  await picture('parked')

  await street.leaves(MINE)
  await app.tap('park-bill')
  await app.shows('bill')
  await expect(app.at('bill-pay').first()).toBeVisible(PATIENCE)
  const order = new URL(page.url()).searchParams.get('order') ?? ''
  await app.tap('bill-why')
  await picture('bill')
  await app.tap('bill-pay')
  await app.tap('pay-wechat')
  await expect(app.at('sandbox-confirm').first()).toBeVisible(PATIENCE)
  await picture('pay')
  await app.payAtSandbox()
  await expect(app.at('bill-paid').first()).toBeVisible(PATIENCE)

  await app.open('/pages/invoice/new', 'invoice-new')
  await app.tap('invoice-order', order)
  await app.tap('title-kind-person')
  await app.fill('title-name', '张三')
  await picture('invoice-new')
  await app.tap('invoice-issue')
  await app.shows('invoice')
  await app.expectState('invoice-state', 'issued')
  await picture('invoice')
  await app.open('/pages/history/index', 'history')
  await expect(app.at('history-row').first()).toBeVisible(PATIENCE)
  await picture('history')
  await app.open('/pages/me/settings', 'settings')
  await app.tap('set-elder')
  await app.open('/', 'find')
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
  await picture('elder')
})
