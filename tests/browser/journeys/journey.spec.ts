/**
 * The whole way: find a bay, go there, park and claim, leave, pay, have an invoice, find it in the history.
 *
 * The fee by hand: by day the first 30 minutes are free but counted once exceeded, then two hours cost ¥2.00.
 */
import type { Page } from '@playwright/test'
import type { App } from '../harness/app.ts'
import { PATIENCE } from '../harness/app.ts'
import { expect, test } from '../harness/fixtures.ts'
import type { Street } from '../harness/street.ts'

test.use({ townOf: 'journey' })

const FEE_FEN = 200
/** Longer than what is free, in city minutes. */
const STAY_MIN = 34

interface Trip { language: 'zh' | 'en'; phone: string; bay: string; plate: string; name: string; words: RegExp }

const TRIPS: Trip[] = [
  { language: 'zh', phone: '13800000001', bay: 'SY01', plate: '甘D12345', name: '张三', words: /停车|缴费|账单/ },
  { language: 'en', phone: '13800000002', bay: 'SY03', plate: '甘DF54321', name: 'Zhang San', words: /[Pp]ark|[Pp]ay|[Bb]ill/ },
]

for (const trip of TRIPS) {
  const tag = trip.language === 'zh' ? '@ci' : '@all'
  test(`from finding a bay to the invoice in the history, in ${trip.language}`, { tag }, async ({ app, street, page }) => {
    await street.free(trip.bay)
    await app.speak(trip.language)
    await app.signIn(trip.phone)
    await find(app, trip)
    await go(app, trip)
    await park(app, street, trip)
    const order = await leaveAndPay(app, street, trip)
    await invoice(app, trip, order)
    await history(app, page, trip, order)
  })
}

/** By its code, from the first page; the sheet shows hits by themselves. */
async function find(app: App, trip: Trip): Promise<void> {
  await app.open('/', 'find')
  await expect(app.at('hit').first()).toBeVisible(PATIENCE)
  await app.fill('find-search', trip.bay)
  await app.tap('find-result', trip.bay)
  await app.shows('bay')
  expect(await app.text('bay-code')).toContain(trip.bay)
  await app.expectState('bay-state', 'free')
}

async function go(app: App, trip: Trip): Promise<void> {
  await app.tap('bay-go')
  await app.shows('route')
  await expect(app.at('route-step').first()).toBeVisible(PATIENCE)
  await app.tap('route-claim')
  await app.shows('claim')
  await expect(app.at('claim-bay').locator('xpath=descendant-or-self::input').first()).toHaveValue(trip.bay)
}

async function park(app: App, street: Street, trip: Trip): Promise<void> {
  await street.arrives(trip.bay)
  await app.typePlate(trip.plate)
  await app.tap('claim-send')
  await app.open('/pages/park/index', 'park')
  await expect(app.at('park-visit').first()).toBeVisible(PATIENCE)
  expect(await app.text('park-bay')).toContain(trip.bay)
  await expect(app.page.locator('body')).toContainText(trip.words)
  const arrived = await app.town.now()
  await app.town.until(arrived + STAY_MIN * 60_000)
  // The page follows by itself; nobody has touched it.
  await expect.poll(() => app.fen('park-fee'), PATIENCE).toBe(FEE_FEN)
}

/** Returns the id of the order. */
async function leaveAndPay(app: App, street: Street, trip: Trip): Promise<string> {
  await street.leaves(trip.bay)
  await app.tap('park-bill')
  await app.shows('bill')
  await expect(app.at('bill-line').first()).toBeVisible(PATIENCE)
  await expect.poll(() => app.fen('bill-total'), PATIENCE).toBe(FEE_FEN)
  await app.tap('bill-pay')
  await app.payByWechat()
  await expect(app.at('bill-paid').first()).toBeVisible(PATIENCE)
  const order = new URL(app.page.url()).searchParams.get('order')
  expect(order, 'the address of a bill names its order').toBeTruthy()
  return order ?? ''
}

async function invoice(app: App, trip: Trip, order: string): Promise<void> {
  await app.open('/pages/invoice/new', 'invoice-new')
  const ticked = app.at('invoice-order', order).first()
  await ticked.click()
  await app.tap('title-kind-person')
  await app.fill('title-name', trip.name)
  expect(await app.fen('invoice-sum')).toBe(FEE_FEN)
  await app.tap('invoice-issue')
  await app.shows('invoice')
  await app.expectState('invoice-state', 'issued')
  const [file] = await Promise.all([app.page.waitForEvent('download', PATIENCE), app.tap('invoice-xml')])
  expect(file.suggestedFilename()).toMatch(/\.xml$/)
}

async function history(app: App, page: Page, trip: Trip, order: string): Promise<void> {
  await app.open('/pages/history/index', 'history')
  await expect(app.at('history-row', order)).toBeVisible(PATIENCE)
  expect(await app.fen('history-sum')).toBe(FEE_FEN)
  const [table] = await Promise.all([page.waitForEvent('download', PATIENCE), app.tap('history-csv')])
  expect(table.suggestedFilename()).toMatch(/\.csv$/)
  await app.tap('history-row', order)
  await app.shows('order')
  await app.expectState('order-state', 'paid')
  await expect(app.at('order-invoice').first()).toBeVisible(PATIENCE)
  await expect(page.locator('html')).toHaveAttribute('lang', trip.language === 'zh' ? /^zh/ : /^en/)
}
