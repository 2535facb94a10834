/**
 * The whole way through the compiled mini-program: find, go, park, leave, pay, invoice, history, against the real
 * gateway. Only `wx.*` is played (wechat.cjs).
 */
const assert = require('node:assert/strict')
const { after, before, test } = require('node:test')
// Before the simulator: with a window about, the client of the broker would take this for a browser.
const { Street, Town } = require('./town.cjs')
const { Phone } = require('./phone.cjs')
const { Wechat, newUser } = require('./wechat.cjs')

/** 125 minutes by day: two hours ¥2.00, the third begun ¥1.00. */
const FEE_FEN = 300
const [FREE, MINE] = ['SY01', 'SY02']

let town
let street
let wechat
let phone

before(async () => {
  town = await Town.start()
  street = await Street.of(town)
  wechat = new Wechat(town, newUser())
  phone = new Phone(wechat)
})

after(async () => {
  await street?.end()
  await town?.stop()
  // uni-app and the simulator leave timers behind.
  setTimeout(() => process.exit(), 100).unref()
})

test('from finding a bay to the invoice in the history', async (t) => {
  await t.test('a free bay is found, and the map app is given its place in its own datum', async () => {
    await street.free(FREE)
    phone.open('/pages/find/index')
    await phone.shows('find')
    phone.open(`/pages/find/bay?code=${FREE}`)
    await phone.shows('bay')
    await phone.expectState('bay-state', 'free')
    await phone.tap('bay-go')
    await phone.shows('route')
    await phone.tap('route-map-app')
    const [{ longitude, latitude }] = await phone.until('the map app', () => wechat.calls('openLocation').length && wechat.calls('openLocation'))
    // GCJ-02 lies some hundred metres from WGS-84 everywhere in China: here 0.0012° east or more.
    const bay = await town.json(`/api/v1/bays/${FREE}`)
    assert.ok(Math.abs(longitude - bay.lon) > 0.0005 && Math.abs(longitude - bay.lon) < 0.01, `${longitude} and ${bay.lon}`)
    assert.ok(Math.abs(latitude - bay.lat) < 0.01)
  })

  await t.test('who claims is signed in by WeChat, and the visit is shown', async () => {
    phone.open('/pages/me/sign-in')
    await phone.tap('sign-submit')
    await phone.until('the sign-in', () => phone.page.path !== 'pages/me/sign-in')
    assert.equal(wechat.calls('login').length, 1)
    await street.stoodFor(MINE, 125)
    phone.open(`/pages/park/claim?code=${MINE}`)
    await phone.shows('claim')
    await phone.typePlate('甘D12345')
    await phone.tap('claim-send')
    await phone.until('a claim', async () => (await orders()).length === 1)
    phone.navigate('switchTab', '/pages/park/index')
    await phone.find('park-visit')
    assert.match((await phone.find('park-bay')).textContent, new RegExp(MINE))
    assert.equal(await phone.fen('park-fee'), FEE_FEN)
  })

  await t.test('after leaving the bill is paid in WeChat', async () => {
    await street.leaves(MINE)
    await phone.until('a due order', async () => (await orders())[0].state === 'due')
    const [{ order_id: order }] = await orders()
    phone.open(`/pages/park/bill?order=${order}`)
    await phone.shows('bill')
    assert.equal(await phone.fen('bill-total'), FEE_FEN)
    await phone.tap('bill-pay')
    await phone.tap('pay-wechat')
    await phone.find('bill-paid')
    assert.equal(wechat.calls('requestPayment').length, 1)
    assert.equal((await orders())[0].state, 'paid')
  })

  await t.test('the invoice is issued, and the history shows it all', async () => {
    const [{ order_id: order }] = await orders()
    phone.open('/pages/invoice/new')
    await phone.shows('invoice-new')
    await phone.tap('invoice-order', order)
    await phone.tap('title-kind-person')
    await phone.type('title-name', '张三')
    await phone.tap('invoice-issue')
    await phone.shows('invoice')
    await phone.expectState('invoice-state', 'issued')
    phone.open('/pages/history/index')
    await phone.find('history-row', order)
    assert.equal(await phone.fen('history-sum'), FEE_FEN)
  })
})

test('a claim without a network waits and is sent when there is one', async () => {
  await street.stoodFor('SY04', 40)
  phone.open('/pages/park/claim?code=SY04')
  await phone.shows('claim')
  wechat.connect(false)
  await phone.typePlate('甘D54321')
  await phone.tap('claim-send')
  await phone.find('claim-queued')
  assert.equal((await orders()).length, 1)
  wechat.connect(true)
  await phone.until('the claim to be sent', async () => (await orders()).length === 2)
})

/** As the app itself would be answered. */
async function orders() {
  const sent = wechat.calls('request').map(({ header }) => header?.Authorization).filter(Boolean)
  const token = sent.at(-1)
  if (!token) return []
  return (await town.json('/api/v1/orders', { headers: { Authorization: token } })).orders
}
