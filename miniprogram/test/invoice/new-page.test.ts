/** The page of a new invoice, as far as a person uses it; only the gateway and the phone are played. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { entry } from './entry'

const played = vi.hoisted(() => ({
  hooks: {} as Record<string, (query?: Record<string, string>) => void>,
  get: vi.fn(),
  post: vi.fn(),
  replace: vi.fn(),
}))

vi.mock('@dcloudio/uni-app', () => ({
  onLoad: (hook: () => void) => (played.hooks.load = hook),
  onShow: (hook: () => void) => (played.hooks.show = hook),
  onHide: () => undefined,
  onUnload: () => undefined,
}))
vi.mock('@/lib/platform', async (original) => ({
  ...(await original<object>()),
  open: vi.fn(), replace: played.replace, back: vi.fn(), canGoBack: () => true, topEdge: () => ({ top: 0, right: 0 }), nameWindow: vi.fn(),
  readStored: () => undefined, store: () => true, systemLanguage: () => 'zh', here: () => ({ page: '/', query: {} }),
}))
vi.mock('@/api/client', async (original) => {
  const real = await original<typeof import('@/api/client')>()
  return { ...real, api: { ...real.api, get: played.get, post: played.post } }
})

import { ApiFailure } from '@/api/client'
import NewInvoice from '@/pages/invoice/new.vue'

const paid = entry({ order_id: 'paid' })
const second = entry({ order_id: 'second', invoiceable_fen: 450, paid_fen: 450 })
const treasury = entry({ order_id: 'treasury', payee_id: 'treasury', payee: '财政', regime: 'non_tax' })
const parked = entry({ order_id: 'parked', state: 'open', invoiceable_fen: 0 })

let page: VueWrapper
const find = (testid: string, key?: string) => page.find(`[data-testid="${testid}"]${key ? `[data-key="${key}"]` : ''}`)
const tap = async (testid: string, key?: string) => {
  await find(testid, key).trigger('click')
  await flushPromises()
}

async function type(testid: string, value: string): Promise<void> {
  const field = find(testid)
  field.element.dispatchEvent(new CustomEvent('input', { detail: { value } }))
  await flushPromises()
}

beforeEach(async () => {
  setActivePinia(createPinia())
  played.get.mockReset()
  played.post.mockReset()
  played.replace.mockReset()
  played.get.mockImplementation((path: string) =>
    Promise.resolve(path === '/api/v1/orders' ? { orders: [paid, second, treasury, parked], next: null, now: '2026-11-20T00:00:00Z', speed: 1 } : { titles: [] }),
  )
  page = mount(NewInvoice)
  played.hooks.load?.({ order: 'paid' })
  played.hooks.show?.()
  await flushPromises()
})

it('shows what can be invoiced, with the order that it was opened for already ticked', () => {
  const rows = page.findAll('[data-testid="invoice-order"]')
  expect(rows.map((row) => row.attributes('data-key'))).toEqual(['paid', 'second', 'treasury'])
  expect(find('invoice-order', 'paid').attributes('aria-checked')).toBe('true')
  expect(find('invoice-sum').attributes('data-fen')).toBe('300')
})

it('sums what is ticked, and says why another payee cannot join', async () => {
  await tap('invoice-order', 'second')
  expect(find('invoice-sum').attributes('data-fen')).toBe('750')
  await tap('invoice-order', 'treasury')
  expect(find('invoice-sum').attributes('data-fen')).toBe('750')
  expect(find('invoice-order', 'treasury').text()).toContain('收款单位不同')
  await tap('invoice-order', 'second')
  expect(find('invoice-sum').attributes('data-fen')).toBe('300')
})

it('says why an order cannot be invoiced', async () => {
  await tap('invoice-others')
  expect(find('invoice-other', 'parked').text()).toContain('还在停车')
})

it('asks for nothing without a title', async () => {
  await tap('invoice-issue')
  expect(played.post).not.toHaveBeenCalled()
  expect(page.text()).toContain('请选择或填写发票抬头')
})

it('asks once for what was chosen, and leads to the invoice', async () => {
  await type('title-name', '张三')
  played.post.mockRejectedValueOnce(new ApiFailure('offline', 'offline', '', 0)).mockResolvedValueOnce({ invoice_id: 'i1', state: 'requested' })
  await tap('invoice-issue')
  expect(page.text()).toContain('没有网络')
  await tap('invoice-issue')
  const [first, again] = played.post.mock.calls
  expect(first?.[0]).toBe('/api/v1/invoices')
  expect(first?.[1].body).toEqual({ order_ids: ['paid'], title: { kind: 'person', name: '张三' } })
  expect(again?.[1].key).toBe(first?.[1].key)
  expect(played.replace).toHaveBeenCalledWith('/pages/invoice/detail', { id: 'i1' })
})

it('a company’s number with a slip is doubted before it is sent', async () => {
  await tap('title-kind-company')
  await type('title-name', '某某公司')
  await type('title-tax-id', '9112011667149649XT')
  expect(page.text()).toContain('校验位不对')
  await tap('invoice-issue')
  expect(played.post).not.toHaveBeenCalled()
})

it('what the gateway refuses is said in words, and the list is read anew', async () => {
  await type('title-name', '张三')
  played.post.mockRejectedValue(new ApiFailure('nothing_to_invoice', '', '', 422))
  const before = played.get.mock.calls.length
  await tap('invoice-issue')
  expect(page.text()).toContain('没有可开的金额')
  expect(played.get.mock.calls.length).toBeGreaterThan(before)
})

it('says why the order that it was opened for cannot be invoiced', async () => {
  page = mount(NewInvoice)
  played.hooks.load?.({ order: 'parked' })
  played.hooks.show?.()
  await flushPromises()
  expect(find('invoice-cannot').text()).toContain('还在停车')
  expect(find('invoice-sum').attributes('data-fen')).toBe('0')
})
