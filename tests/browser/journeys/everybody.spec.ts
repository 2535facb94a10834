/**
 * For everybody: axe finds nothing serious on any page, in light, dark and large; nothing is cut off at 360 px; the
 * keyboard alone is enough. Pictures of every page are left in target/browser/screens to be looked at.
 */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { type App, PATIENCE } from '../harness/app.ts'
import { useTheApp } from '../harness/everything.ts'
import { expect, test } from '../harness/fixtures.ts'
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
        await page.screenshot({ path: `${ARTEFACTS}/screens/${look}/${name}.png`, animations: 'disabled', timeout: 60_000 })
        expect.soft(await serious(page), name).toEqual([])
        expect.soft(await sideways(page), `${name} is wider than the screen`).toBeLessThanOrEqual(0)
      })
    }
  })
}

test('a bay is found and its price read by keyboard alone', async ({ app, street, page }) => {
  await street.free('SY19')
  await app.open('/pages/find/bay?code=SY19', 'bay')
  const reached = async (id: string) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      const here = await page.evaluate((testId) => document.activeElement?.closest(`[data-testid="${testId}"]`) !== null, id)
      if (here) return true
    }
    return false
  }
  expect(await reached('bay-go'), 'Tab leads to the button').toBe(true)
  await page.keyboard.press('Enter')
  await expect(app.at('page-route')).toBeVisible(PATIENCE)
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
