/** Every page of the app, with what a driver who has used it for a while sees there. */
import type { App } from './app.ts'
import { Driver } from './driver.ts'
import type { Street } from './street.ts'
import { bayCode } from './town-file.ts'

export interface Screen { name: string; path: string }

/** A driver with a bill that waits and a visit under way, and bays that are free; each `turn` has bays of its own. */
export async function useTheApp(app: App, street: Street, phone: string, turn: number): Promise<Screen[]> {
  const [left, parked, free, other] = [1, 2, 3, 4].map((number) => bayCode(turn * 4 + number)) as [string, string, string, string]
  const driver = await Driver.signIn(app.town, phone)
  await street.stoodFor(left, 125)
  await driver.claim(left, '甘D99991')
  await street.leaves(left)
  const order = await driver.orderWhen('due')
  await street.stoodFor(parked, 45)
  await driver.claim(parked, '甘D99992')
  await street.free(free, other)
  return screens(order.order_id, parked, free)
}

function screens(order: string, parked: string, free: string): Screen[] {
  const page = (path: string, name: string) => ({ path: `/pages/${path}`, name })
  return [
    { path: '/', name: 'find' },
    page(`find/bay?code=${free}`, 'bay'),
    page(`find/route?bay=${free}`, 'route'),
    page(`price/index?code=${free}`, 'price'),
    page('park/index', 'park'),
    page(`park/claim?code=${free}`, 'claim'),
    page(`park/bill?order=${order}`, 'bill'),
    page(`park/appeal?order=${order}`, 'appeal'),
    { path: `/b/${parked}`, name: 'pay-bay' },
    page('pay/arrears', 'arrears'),
    page('me/index', 'me'),
    page('me/vehicles', 'vehicles'),
    page('me/settings', 'settings'),
    page('me/privacy', 'privacy'),
    page('history/index', 'history'),
    page(`history/order?order=${order}`, 'order'),
    page('invoice/index', 'invoices'),
    page('invoice/new', 'invoice-new'),
    page('invoice/titles', 'titles'),
  ]
}
