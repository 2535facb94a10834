/** Nothing there, nothing heard, nothing allowed: every page says so in words and what to do; and the account can go. */
import { PATIENCE } from '../harness/app.ts'
import { expect, test } from '../harness/fixtures.ts'

test.use({ townOf: 'states' })

test('a gateway that does not answer is said in words, and trying again helps', async ({ app, context, street }) => {
  await street.free('SY01')
  await context.route('**/api/v1/**', (route) => route.fulfill({
    status: 503, contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'urn:bowei:problem:busy', title: 'Service Unavailable', status: 503, code: 'busy', detail: 'try again' }),
  }))
  await app.open('/', 'find')
  const error = app.at('find-error').first()
  await expect(error).toBeVisible(PATIENCE)
  // What happened and what to do, never a code alone.
  await expect(error).toContainText(/[一-鿿]{4,}/)
  await expect(error).not.toHaveText(/^\s*(busy|503)\s*$/)
  await context.unroute('**/api/v1/**')
  await app.tap('find-retry')
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
})

test('without WebGL the list works as before', async ({ app, page, street }) => {
  await street.free('SY02')
  await page.addInitScript(() => {
    const context = HTMLCanvasElement.prototype.getContext
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      return /webgl/.test(kind) ? null : Reflect.apply(context, this, [kind, ...rest])
    } as typeof context
  })
  await app.open('/', 'find')
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
})

test('who has nothing yet is led on by every list', async ({ app }) => {
  await app.signIn('13800000041')
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-empty').first()).toBeVisible(PATIENCE)
  await app.open('/pages/history/index', 'history')
  await expect(app.at('history-empty').first()).toBeVisible(PATIENCE)
  await app.open('/pages/invoice/index', 'invoices')
  await expect(app.at('invoices-empty').first()).toBeVisible(PATIENCE)
  await app.open('/pages/pay/arrears', 'arrears')
  await expect(app.at('arrears-empty').first()).toBeVisible(PATIENCE)
  await app.open('/pages/park/index', 'park')
  await app.tap('park-find')
  await app.shows('find')
})

test('a bill before parking: what a stay would cost, line by line', async ({ app, street }) => {
  await street.free('SY03')
  await app.open('/pages/price/index?code=SY03', 'price')
  await app.tap('price-show')
  await expect(app.at('bill-line').first()).toBeVisible(PATIENCE)
  await expect(app.at('day-strip').first()).toBeVisible(PATIENCE)
  await expect(app.at('tariff-words').first()).toContainText(/30\s*分钟/)
  expect(await app.fen('bill-total')).toBeGreaterThanOrEqual(0)
})

test('what is signed in can be deleted, and is gone', async ({ app, page }) => {
  await app.signIn('13800000042')
  await app.open('/pages/me/privacy', 'privacy')
  const [copy] = await Promise.all([page.waitForEvent('download', PATIENCE), app.tap('privacy-export')])
  expect(copy.suggestedFilename()).toMatch(/\.(json|zip|csv)$/)
  await app.tap('privacy-delete')
  // It cannot be undone: the button is off until the word was typed.
  await expect(app.at('privacy-delete-sure')).toHaveAttribute('aria-disabled', 'true')
  await app.fill('privacy-delete-word', '注销')
  await app.tap('privacy-delete-sure')
  // The app leads on by itself once it is done; a page that is left before would take the request with it.
  await app.shows('me')
  await expect(app.at('me-sign-in').first()).toBeVisible(PATIENCE)
  await app.open('/pages/me/index', 'me')
  await expect(app.at('me-sign-in').first()).toBeVisible(PATIENCE)
})
