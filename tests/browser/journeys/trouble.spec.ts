/** What goes wrong on the way: a bay is taken, the net is gone, the wrong bay was named, somebody has to pay at a bay. */
import { PATIENCE } from '../harness/app.ts'
import { Driver } from '../harness/driver.ts'
import { expect, test } from '../harness/fixtures.ts'

test.use({ townOf: 'trouble' })

test('a bay that is taken under way is exchanged for the next best one', { tag: '@ci' }, async ({ app, street, context }) => {
  // 300 m away: whoever is beside the bay when a vehicle comes into it is taken for the one who came.
  await context.setGeolocation({ longitude: 104.1664, latitude: 36.5493 })
  await street.free('SY05', 'SY06')
  await app.open('/pages/find/bay?code=SY05', 'bay')
  await app.tap('bay-go')
  await app.shows('route')
  await app.tap('route-start')
  await street.arrives('SY05')
  const offer = app.at('offer').first()
  await expect(offer).toBeVisible(PATIENCE)
  const next = await offer.getAttribute('data-key')
  expect(next, 'an offer names its bay').toBeTruthy()
  expect(next).not.toBe('SY05')
  await app.tap('offer-accept')
  await expect(offer).toBeHidden(PATIENCE)
  await expect(app.at('route-summary').first()).toContainText(String(next))
  await expect(app.at('route-step').first()).toBeVisible(PATIENCE)
})

test('a claim without a net waits, says so, and is sent with its own time', async ({ app, street, context }) => {
  await app.signIn('13800000011')
  await street.free('SY07')
  await street.arrives('SY07')
  await app.open('/pages/park/claim?code=SY07', 'claim')
  await app.typePlate('甘D11111')
  await context.setOffline(true)
  const claimed = await app.town.now()
  await app.tap('claim-send')
  await expect(app.at('claim-queued').first()).toBeVisible(PATIENCE)
  await expect(app.at('bar-offline').first()).toBeVisible(PATIENCE)
  await street.leaves('SY07')
  const left = await app.town.now()
  // The vehicle is gone for seven minutes, which is too late for a claim that counts from now.
  await app.town.until(left + 7 * 60_000)
  const sent = app.page.waitForRequest((request) => request.url().endsWith('/api/v1/claims'), PATIENCE)
  await context.setOffline(false)
  const { made_at } = (await sent).postDataJSON() as { made_at: string }
  expect(Date.parse(made_at), made_at).toBeGreaterThan(claimed - 60_000)
  expect(Date.parse(made_at), made_at).toBeLessThan(left + 60_000)
  await expect(app.at('claim-queued')).toHaveCount(0, PATIENCE)
  await app.open('/pages/history/index', 'history')
  await expect(app.at('history-row').first()).toBeVisible(PATIENCE)
})

test('pages that were never opened are there without a net, and a claim waits', async ({ app, street, context, page }) => {
  await app.signIn('13800000017')
  await street.free('SY18')
  await street.arrives('SY18')
  await app.open('/', 'find')
  const fetched = () => page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => /\/(pages-[\w-]+)\./.exec(name)?.[1] ?? ''))
  const needed = ['pages-park-index', 'pages-park-claim', 'pages-park-bill', 'pages-pay-arrears', 'pages-pay-bay']
  await expect.poll(fetched, PATIENCE).toEqual(expect.arrayContaining(needed))
  await context.setOffline(true)
  await page.locator('uni-tabbar [role="link"]', { hasText: '停车中' }).click()
  await app.shows('park')
  await expect(app.at('bar-offline').first()).toBeVisible(PATIENCE)
  await app.tap('park-claim')
  await app.shows('claim')
  await app.fill('claim-bay', 'SY18')
  await app.typePlate('甘D33330')
  await app.tap('claim-send')
  await expect(app.at('claim-queued').first()).toBeVisible(PATIENCE)
  await context.setOffline(false)
  await expect(app.at('claim-queued')).toHaveCount(0, PATIENCE)
})

test('a queued claim is still there after the phone was switched off and on', async ({ app, street, context, page }) => {
  await app.signIn('13800000012')
  await street.free('SY08')
  await street.arrives('SY08')
  await app.open('/pages/park/claim?code=SY08', 'claim')
  await app.typePlate('甘D22222')
  await context.route('**/api/v1/claims', (route) => route.abort('internetdisconnected'))
  await app.tap('claim-send')
  await expect(app.at('claim-queued').first()).toBeVisible(PATIENCE)
  await page.reload()
  await app.open('/pages/park/index', 'park')
  await expect(app.at('queued').first()).toBeVisible(PATIENCE)
  await context.unroute('**/api/v1/claims')
  await page.reload()
  await expect(app.at('queued')).toHaveCount(0, PATIENCE)
  await expect(app.at('park-visit').first()).toBeVisible(PATIENCE)
})

test('the wrong bay is put right from the bill', async ({ app, street, town }) => {
  // The driver has just come into SY10 and typed SY09, where somebody else came ten minutes before: the times say so.
  await street.free('SY09', 'SY10')
  await app.signIn('13800000013')
  await app.open('/pages/park/claim?code=SY09', 'claim')
  await app.typePlate('甘D33333')
  await street.arrives('SY09')
  await town.until((await town.now()) + 10 * 60_000)
  await street.arrives('SY10')
  await app.tap('claim-send')
  await expect(app.at('claim-state').first()).toBeVisible(PATIENCE)
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-bay').first()).toContainText('SY09', PATIENCE)
  await app.tap('park-bill')
  await app.shows('bill')
  await app.tap('bill-wrong-bay')
  await app.tap('wrong-bay-send', 'SY10')
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-bay').first()).toContainText('SY10', PATIENCE)
  // The bay of the first mistake can be claimed by who stands there.
  const other = await Driver.signIn(town, '13800000014')
  expect(await other.claim('SY09', '甘D44444')).toBeTruthy()
})

test('who stands at a bay pays by its code without signing in and sees nothing else', async ({ app, street, town }) => {
  await street.stoodFor('SY11', 125)
  const other = await Driver.signIn(town, '13800000015')
  await other.claim('SY11', '甘D55555')
  await app.open('/b/SY11', 'pay-bay')
  expect(await app.text('paybay-code')).toContain('SY11')
  // Two hours ¥2.00, the third begun ¥1.00.
  expect(await app.fen('paybay-amount')).toBe(300)
  await expect(app.at('page-pay-bay')).not.toContainText('甘D')
  await expect(app.at('page-pay-bay')).not.toContainText('55555')
  await app.tap('paybay-pay')
  await app.payAtSandbox()
  await expect(app.at('paybay-paid').first()).toBeVisible(PATIENCE)
})

test('somebody else pays by the code on the screen', async ({ app, street, town }) => {
  const phone = '13800000018'
  await street.stoodFor('SY17', 125)
  const driver = await Driver.signIn(town, phone)
  await driver.claim('SY17', '甘D17171')
  await street.leaves('SY17')
  const { order_id } = await driver.orderWhen('due')
  await app.signIn(phone)
  await app.open(`/pages/park/bill?order=${order_id}`, 'bill')
  await app.tap('bill-pay')
  await app.tap('pay-by-code')
  await expect(app.at('pay-code').first()).toBeVisible(PATIENCE)
  await expect(app.at('sandbox-mark').first()).toBeVisible()
  const { payments } = await driver.get<{ payments: { method: string; state: string; code_url: string }[] }>(`/api/v1/orders/${order_id}`)
  const [attempt] = payments.filter(({ state }) => state === 'ready')
  expect(attempt?.method).toBe('native')
  // Another phone's WeChat, which the page knows nothing of.
  const scanned = await fetch(`${town.sandbox}/cashier/scan`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code_url: attempt?.code_url, openid: 'somebody-else' }),
  })
  expect(scanned.ok, await scanned.text()).toBe(true)
  await expect(app.at('bill-paid').first()).toBeVisible(PATIENCE)
})

test('a bay that is not heard of is unknown and never free', async ({ app }) => {
  await app.open('/pages/find/bay?code=SY24', 'bay')
  await app.expectState('bay-state', 'unknown')
})

test('two devices of one driver show the same visit', async ({ app, street, browser, town }) => {
  await street.stoodFor('SY12', 40)
  await app.signIn('13800000016')
  await app.claim('SY12', '甘D66666')
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-bay').first()).toContainText('SY12', PATIENCE)
  const second = await browser.newContext({ locale: 'zh-CN' })
  const { App } = await import('../harness/app.ts')
  const tablet = new App(await second.newPage(), town)
  await tablet.signIn('13800000016')
  await tablet.open('/pages/park/index', 'park')
  await expect(tablet.at('park-bay').first()).toContainText('SY12', PATIENCE)
  // The first is not signed out by the second.
  await app.open('/pages/history/index', 'history')
  await expect(app.at('history-row').first()).toBeVisible(PATIENCE)
  await second.close()
})
