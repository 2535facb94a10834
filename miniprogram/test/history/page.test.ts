/** The history as a person uses it; only the gateway and the phone are played. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { entry } from '../invoice/entry'
import { payment, refund } from './paid'

const played = vi.hoisted(() => ({
  hooks: {} as Record<string, () => void>,
  get: vi.fn(),
  giveFile: vi.fn(),
}))

vi.mock('@dcloudio/uni-app', () => ({
  onLoad: () => undefined, onShow: (hook: () => void) => (played.hooks.show = hook), onHide: () => undefined, onUnload: () => undefined,
}))
vi.mock('@/lib/platform', async (original) => ({
  ...(await original<object>()),
  open: vi.fn(), back: vi.fn(), canGoBack: () => true, topEdge: () => ({ top: 0, right: 0 }), nameWindow: vi.fn(), giveFile: played.giveFile,
  readStored: () => undefined, store: () => true, systemLanguage: () => 'zh', here: () => ({ page: '/', query: {} }),
}))
vi.mock('@/api/client', async (original) => {
  const real = await original<typeof import('@/api/client')>()
  return { ...real, api: { ...real.api, get: played.get } }
})

import { setClock } from '@/lib/clock'
import History from '@/pages/history/index.vue'

const moment = { now: '2026-11-20T00:00:00Z', speed: 1 }
const orders = [
  entry({ order_id: 'a', paid_fen: 500, refunded_fen: 200 }),
  entry({ order_id: 'b', plate: '甘DD00123', paid_fen: 900, opened_at: '2026-10-05T01:00:00Z', left_at: '2026-10-05T02:00:00Z' }),
]
const paid = [
  payment({ payment_id: 'other', amount_fen: 100, succeeded_at: '2026-11-05T02:00:00Z' }),
  payment({ order: orders[0], refunded_fen: 200, refunds: [refund()] }),
  payment({ payment_id: 'old', order: orders[1], amount_fen: 900, succeeded_at: '2026-10-05T03:00:00Z' }),
]

let page: VueWrapper
const fens = (testid: string) => page.findAll(`[data-testid="${testid}"] [data-fen]`).map((one) => Number(one.attributes('data-fen')))
const sum = () => Number(page.find('[data-testid="history-sum"]').attributes('data-fen'))
async function tapText(testid: string, text: string): Promise<void> {
  await page.findAll(`[data-testid="${testid}"]`).find((one) => one.text() === text)!.trigger('click')
  await flushPromises()
}

beforeEach(async () => {
  setActivePinia(createPinia())
  setClock(moment)
  played.giveFile.mockReset()
  played.get.mockReset()
  played.get.mockImplementation((path: string, options?: { query?: { cursor?: string } }) => {
    if (path === '/api/v1/orders') return Promise.resolve({ ...moment, orders, next: null })
    if (path === '/api/v1/me/invoices') return Promise.resolve({ ...moment, invoices: [], next: null })
    return Promise.resolve({ ...moment, payments: options?.query?.cursor ? paid.slice(2) : paid.slice(0, 2), next: options?.query?.cursor ? null : 'older' })
  })
  page = mount(History)
  played.hooks.show?.()
  await flushPromises()
})

it('begins with this month, and sums it without what went back', () => {
  expect(sum()).toBe(300)
  expect(page.findAll('[data-testid="history-row"]').map((row) => row.attributes('data-key'))).toEqual(['a'])
})

it('goes on to all months and one vehicle', async () => {
  await tapText('history-month', '全部月份')
  expect(sum()).toBe(1_200)
  await tapText('history-plate', '甘D·D00123')
  expect(sum()).toBe(900)
})

it('has the figures of the chart as a table', async () => {
  await page.find('[data-testid="history-table-open"]').trigger('click')
  // Newest first: paid, refunded, spent of November, then of October, then of four months without anything.
  expect(fens('history-table')).toEqual([500, -200, 300, 900, 0, 900, ...Array.from({ length: 12 }, () => 0)])
  expect(page.find('[data-testid="history-chart"]').attributes('aria-label')).toContain('¥9.00')
})

it('reads payments and refunds when they are wanted, and no sooner', async () => {
  const asked = () => played.get.mock.calls.filter(([path]) => path === '/api/v1/me/payments').map(([, options]) => options.query.cursor)
  expect(asked()).toEqual([])
  await tapText('history-tab-refunds', '退款')
  expect(fens('refund-row')).toEqual([-200])
  await tapText('history-tab-payments', '付款')
  // Of this month: what came for its parkings, and what was paid for somebody else.
  expect(fens('payment-row')).toEqual([100, 500])
  // Read once for both, page after page as far back as the chart; never order by order.
  expect(asked()).toEqual([undefined, 'older'])
  expect(played.get.mock.calls.map(([path]) => path)).not.toContain('/api/v1/orders/{order_id}')
  await tapText('history-month', '全部月份')
  expect(fens('payment-row')).toEqual([100, 500, 900])
  expect(asked()).toHaveLength(2)
})

it('a payment for somebody else says so and leads nowhere', async () => {
  await tapText('history-tab-payments', '付款')
  const [other, own] = page.findAll('[data-testid="payment-row"]')
  expect(other!.text()).toContain('扫码替他人缴费')
  expect(other!.attributes('role')).toBeUndefined()
  expect(own!.attributes('role')).toBe('button')
  expect(own!.text()).toContain('其中退款 ¥2.00')
})

it('exports what is shown', async () => {
  await page.find('[data-testid="history-csv"]').trigger('click')
  await flushPromises()
  const [name, bytes] = played.giveFile.mock.calls[0]!
  expect(name).toBe('停车记录-停车-2026-11.csv')
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(bytes))
  expect(text.startsWith('\uFEFF开始,结束,车牌')).toBe(true)
  expect(text).toContain('2026-11-03 09:00,2026-11-03 10:05,甘D12345,TS01,停车,已结清,3.00,5.00,-2.00,0.00,示例停车公司,a')
  expect(text.trimEnd().split('\r\n')).toHaveLength(2)
})
