/** What an account keeps for all devices of its driver: vehicles, with their leave, and every payment in one list. */
import { App, PATIENCE } from '../harness/app.ts'
import { Driver } from '../harness/driver.ts'
import { expect, test } from '../harness/fixtures.ts'

test.use({ townOf: 'account' })

async function addVehicle(app: App, plate: string): Promise<void> {
  await app.tap('vehicle-add')
  for (const letter of plate) await app.tap('plate-key', letter)
  await app.tap('plate-done')
  await expect(app.at('vehicle', plate)).toBeVisible(PATIENCE)
}

test('vehicles saved on one device are on the other once the driver agrees, and go from both', async ({ app, browser, town }) => {
  // Signed out they are on this phone only, and stay there.
  await app.open('/pages/me/vehicles', 'vehicles')
  await addVehicle(app, '甘D50001')
  await app.signIn('13800000051')
  await app.open('/pages/me/vehicles', 'vehicles')
  await expect(app.at('vehicle-where')).toHaveAttribute('data-state', 'no_leave', PATIENCE)
  await expect(app.at('vehicle', '甘D50001')).toBeVisible()
  await app.tap('vehicle-share')
  await expect(app.at('vehicle-where')).toHaveAttribute('data-state', 'shared', PATIENCE)

  const second = await browser.newContext({ locale: 'zh-CN' })
  const tablet = new App(await second.newPage(), town)
  await tablet.open('/pages/me/vehicles', 'vehicles')
  await addVehicle(tablet, '甘D50002')
  await tablet.signIn('13800000051')
  await tablet.open('/pages/me/vehicles', 'vehicles')
  await expect(tablet.at('vehicle')).toHaveCount(2, PATIENCE)
  await tablet.at('vehicle', '甘D50001').locator('[data-testid="vehicle-remove"]').click()
  await tablet.tap('vehicle-remove-sure')
  await expect(tablet.at('vehicle')).toHaveCount(1, PATIENCE)
  await second.close()

  await app.open('/pages/me/vehicles', 'vehicles')
  await expect(app.at('vehicle', '甘D50002')).toBeVisible(PATIENCE)
  await expect(app.at('vehicle', '甘D50001')).toHaveCount(0, PATIENCE)
})

test('payments come in one list, never order by order', async ({ app, street, town, page }) => {
  const phone = '13800000052'
  await street.stoodFor('SY16', 125)
  const driver = await Driver.signIn(town, phone)
  await driver.claim('SY16', '甘D51616')
  await street.leaves('SY16')
  const { order_id } = await driver.orderWhen('due')
  await app.signIn(phone)
  await app.open(`/pages/park/bill?order=${order_id}`, 'bill')
  await app.tap('bill-pay')
  await app.payByWechat()
  await expect(app.at('bill-paid').first()).toBeVisible(PATIENCE)

  const asked: string[] = []
  await app.open('/pages/history/index', 'history')
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
  await app.tap('history-tab-payments')
  await expect(app.at('payment-row')).toHaveCount(1, PATIENCE)
  // Two hours ¥2.00, the third begun ¥1.00.
  expect(await app.fen('payment-row')).toBe(300)
  expect(asked.filter((path) => path.startsWith('/api/v1/orders/'))).toEqual([])
  await app.tap('payment-row')
  await app.shows('order')
})
