/** Arrears: two bills left unpaid for a day are shown as a banner, never as a wall, and are paid at once. */
import { PATIENCE } from '../harness/app.ts'
import { Driver } from '../harness/driver.ts'
import { expect, test as base } from '../harness/fixtures.ts'
import { Street } from '../harness/street.ts'
import { Town } from '../harness/town.ts'

const PHONE = '13800000021'
const VEHICLES = [['SY13', '甘D77771'], ['SY14', '甘D77772']] as const

/** Both vehicles have stood for more than two hours and go before the third is over. */
async function leaveTwoBillsUnpaid(town: Town): Promise<void> {
  const street = await Street.of(town)
  const driver = await Driver.signIn(town, PHONE)
  for (const [bay, plate] of VEHICLES) {
    await street.stoodFor(bay, 125)
    await driver.claim(bay, plate)
    await street.leaves(bay)
  }
  await driver.ordersWhen('due', VEHICLES.length)
  await street.end()
}

const test = base.extend<object, { town: Town }>({
  town: [
    async ({ townOf: _of }, use) => {
      // Ten o'clock of the third day.
      const town = await Town.start(50, leaveTwoBillsUnpaid)
      await use(town)
      await town.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
})
test.use({ townOf: 'arrears' })

test('two old bills are announced, are no wall, and are paid in one payment', async ({ app }) => {
  await app.signIn(PHONE)
  await app.open('/', 'find')
  await expect(app.at('banner-arrears').first()).toBeVisible(PATIENCE)
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
  await app.at('banner-arrears').first().getByRole('button').click()
  await app.shows('arrears')
  await expect(app.at('arrear')).toHaveCount(2, PATIENCE)
  // Each two hours ¥2.00 and the third begun ¥1.00.
  expect(await app.fen('arrears-sum')).toBe(600)
  await app.tap('arrears-pay')
  await app.payAtSandbox()
  await expect(app.at('arrears-empty').first()).toBeVisible(PATIENCE)
  await app.open('/', 'find')
  await expect(app.at('banner-arrears')).toHaveCount(0)
})
