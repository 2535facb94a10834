/** Arrears: two bills left unpaid for a day are shown as a banner, never as a wall, and are paid at once. */
import { PATIENCE } from '../harness/app.ts'
import { Driver } from '../harness/driver.ts'
import { expect, test as base } from '../harness/fixtures.ts'
import { Street } from '../harness/street.ts'
import { FASTEST, Town } from '../harness/town.ts'

const PHONE = '13800000021'
const HOUR_MS = 3_600_000

/** Both vehicles come in the morning and go after more than two hours; then a day and a half passes. */
async function leaveTwoBillsUnpaid(town: Town): Promise<void> {
  const street = await Street.of(town, FASTEST)
  const driver = await Driver.signIn(town, PHONE)
  for (const [bay, plate] of [['SY13', '甘D77771'], ['SY14', '甘D77772']] as const) {
    const arrived = await town.now()
    await street.change(bay, true, arrived)
    await driver.claim(bay, plate)
    const left = arrived + 2 * HOUR_MS + 5 * 60_000
    await town.until(left)
    await street.change(bay, false, left)
    await driver.orderWhen('due')
  }
  await town.until((await town.now()) + 26 * HOUR_MS)
  await street.end()
}

const test = base.extend<object, { town: Town }>({
  town: [
    async ({ townOf: _of }, use) => {
      // Ten o'clock of the third day.
      const town = await Town.start(50, FASTEST, leaveTwoBillsUnpaid)
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
