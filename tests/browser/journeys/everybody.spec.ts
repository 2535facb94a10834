/**
 * For everybody: axe finds nothing serious on any page, in light, dark and large; nothing is cut off at 360 px; the
 * keyboard alone is enough. Pictures of every page are left in target/browser/screens to be looked at.
 */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { type App, PATIENCE } from '../harness/app.ts'
import { useTheApp } from '../harness/everything.ts'
import { expect, test } from '../harness/fixtures.ts'
import { Keys } from '../harness/keys.ts'
import { ARTEFACTS } from '../harness/places.ts'

test.use({ townOf: 'everybody', viewport: { width: 360, height: 740 } })

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

/** What axe calls serious or critical, each with where it is. */
async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(LEVELS).setLegacyMode().analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 160)}`))
}

/** How far the page can be scrolled sideways: not at all. */
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

async function largeText(app: App): Promise<void> {
  await app.open('/pages/me/settings', 'settings')
  await app.tap('set-elder')
}

for (const [turn, look] of (['light', 'dark', 'elder'] as const).entries()) {
  test(`axe finds nothing serious on any page, and nothing is cut off, ${look}`, async ({ app, street, page }) => {
    test.setTimeout(400_000)
    await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light', reducedMotion: 'reduce' })
    await app.open('/pages/me/sign-in', 'sign-in')
    expect.soft(await serious(page), 'sign-in').toEqual([])
    const phone = `1380000003${turn}`
    const screens = await useTheApp(app, street, phone, turn)
    await app.signIn(phone)
    if (look === 'elder') await largeText(app)
    for (const { name, path } of screens) {
      await test.step(name, async () => {
        await app.open(path, name)
        // A picture of a map that is not drawn yet shows nothing.
        const maps = page.locator('[data-testid$="map"][data-ready]:visible')
        if ((await maps.count()) > 0) await expect.soft(maps.first(), name).toHaveAttribute('data-ready', 'true', PATIENCE)
        await page.screenshot({ path: `${ARTEFACTS}/screens/${look}/${name}.png`, animations: 'disabled', timeout: 60_000 })
        expect.soft(await serious(page), name).toEqual([])
        expect.soft(await sideways(page), `${name} is wider than the screen`).toBeLessThanOrEqual(0)
      })
    }
  })
}

test('by keyboard alone: from the list to a bay, there, and to a claim with a sign-in on the way', async ({ app, street, page }) => {
  const keys = new Keys(app)
  await street.free('SY19')
  await app.open('/', 'find')
  await keys.press('view-list')
  await keys.press('hit', 'SY19', 'Space')
  await app.shows('bay')
  expect(await app.text('bay-code')).toContain('SY19')
  await keys.press('bay-go')
  await app.shows('route')
  await keys.press('route-claim')
  await app.shows('claim')
  // The plate: its province by a key of ours, a letter by Space, the rest typed, "done" by Enter.
  await keys.press('claim-plate')
  await keys.press('plate-key', '甘')
  await keys.press('plate-key', 'D', 'Space')
  await keys.type('18888')
  await keys.press('plate-done')
  await expect(app.at('plate-done')).toHaveCount(0)
  await street.arrives('SY19')
  await keys.press('claim-send')
  await signInByKeys(app, keys, '13800000039')
  await app.shows('claim')
  await expect(app.at('page-claim')).toContainText('18888')
  await keys.press('claim-send')
  await expect(app.at('claim-state').first()).toHaveAttribute('data-state', 'bound', PATIENCE)
  await keys.press('claim-parked')
  await expect(app.at('park-bay').first()).toContainText('SY19', PATIENCE)
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/)
})

async function signInByKeys(app: App, keys: Keys, phone: string): Promise<void> {
  await app.shows('sign-in')
  await keys.fill('sign-phone', phone)
  await keys.press('sign-send')
  await expect(app.at('sandbox-code')).toHaveText(/\d{4,}/)
  await keys.fill('sign-code', /\d{4,}/.exec(await app.text('sandbox-code'))?.[0] ?? '')
  await keys.press('sign-submit')
  await expect(app.at('page-sign-in')).toBeHidden(PATIENCE)
}

test('a bay is looked for, its number typed and the plate confirmed by keyboard alone', async ({ app, street, page }) => {
  const keys = new Keys(app)
  await street.free('SY20', 'SY21')
  await app.open('/', 'find')
  await keys.fill('find-search', 'SY20')
  await keys.press('find-result', 'SY20')
  await app.shows('bay')
  await keys.press('bay-claim')
  await app.shows('claim')
  await keys.fill('claim-bay', 'SY21')
  await keys.press('claim-plate', undefined, 'Space')
  await keys.press('plate-key', '甘')
  // The letters have taken the place of the provinces: what is typed is still heard, and Enter is "done".
  await keys.type('D28888')
  await page.keyboard.press('Enter')
  await expect(app.at('plate-done')).toHaveCount(0)
  await expect(app.at('page-claim')).toContainText('28888')
  // The keyboard is back at what opened the sheet; Escape closes one as well.
  await page.keyboard.press('Enter')
  await expect(app.at('plate-done')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(app.at('plate-done')).toHaveCount(0)
  // And back to the page before, where the keyboard was left.
  await keys.press('page-back')
  await app.shows('bay')
  await page.keyboard.press('Enter')
  await app.shows('claim')
})

test('tabs and choices answer to the keyboard', async ({ app, page }) => {
  const keys = new Keys(app)
  await app.open('/pages/me/index', 'me')
  await keys.press('me-settings')
  await app.shows('settings')
  await keys.reach('set-language-zh')
  await page.keyboard.press('ArrowDown')
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/)
  await page.keyboard.press('ArrowUp')
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/)
  await keys.press('set-theme-dark', undefined, 'Space')
  await expect(page.locator('html')).toHaveClass(/dark/)
  await app.open('/pages/me/index', 'me')
  const tab = page.locator('uni-tabbar [role="link"]', { hasText: '停车中' })
  for (let stop = 0; stop < 60 && !(await tab.evaluate((one) => one === document.activeElement)); stop++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await app.shows('park')
})

test('what is off or busy is off for the mouse as well', async ({ app, page }) => {
  await app.open('/pages/me/sign-in', 'sign-in')
  let asked = 0
  await page.route('**/api/v1/phone-codes', async (route) => {
    asked += 1
    await route.continue()
  })
  await app.fill('sign-phone', '13800000040')
  await app.tap('sign-send')
  await expect(app.at('sandbox-code')).toHaveText(/\d{4,}/)
  // Another code can be had in a minute, and the button says so.
  await expect(app.at('sign-send').first()).toHaveAttribute('aria-disabled', 'true')
  await app.at('sign-send').first().click({ force: true })
  await app.at('sign-send').first().dispatchEvent('click')
  expect(asked).toBe(1)
})

test('what can be tapped is named and large enough', async ({ app, page }) => {
  await app.open('/', 'find')
  const small = await page.evaluate(() => {
    const shown = [...document.querySelectorAll('[role="button"], [role="tab"], button, a[href]')].filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      return width > 0 && height > 0 && !element.closest('.maplibregl-map')
    })
    return shown.filter((element) => element.getBoundingClientRect().height < 43.5).map((element) => element.outerHTML.slice(0, 120))
  })
  expect(small).toEqual([])
})
