/** The page of one invoice in each of its states; only the gateway and the phone are played. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const played = vi.hoisted(() => ({
  hooks: {} as Record<string, (query?: Record<string, string>) => void>,
  get: vi.fn(),
  post: vi.fn(),
  bytes: vi.fn(),
  giveFile: vi.fn(),
}))

vi.mock('@dcloudio/uni-app', () => ({
  onLoad: (hook: () => void) => (played.hooks.load = hook),
  onShow: (hook: () => void) => (played.hooks.show = hook),
  onHide: (hook: () => void) => (played.hooks.hide = hook),
  onUnload: () => undefined,
}))
vi.mock('@/lib/platform', async (original) => ({
  ...(await original<object>()),
  open: vi.fn(), back: vi.fn(), canGoBack: () => true, topEdge: () => ({ top: 0, right: 0 }), nameWindow: vi.fn(), giveFile: played.giveFile,
  apiOrigin: () => '', copy: () => Promise.resolve(true),
  readStored: () => undefined, store: () => true, systemLanguage: () => 'zh', here: () => ({ page: '/', query: {} }),
}))
vi.mock('@/lib/platform/origin', () => ({ pageOrigin: () => 'https://parking.example' }))
vi.mock('@/api/client', async (original) => {
  const real = await original<typeof import('@/api/client')>()
  return { ...real, api: { ...real.api, get: played.get, post: played.post, bytes: played.bytes } }
})

import Detail from '@/pages/invoice/detail.vue'

const blue = {
  invoice_id: 'i1', state: 'submitted', colour: 'blue', regime: 'vat', order_ids: ['o1'], gross_fen: 900, net_fen: 826, tax_fen: 74,
  red_ids: [] as string[], documents: [] as string[], requested_at: '2026-11-03T02:10:00Z', mails: [], now: '2026-11-03T02:11:00Z', speed: 1,
}
const issued = { ...blue, state: 'issued', invoice_number: '26622000000000000017', issued_at: '2026-11-03T02:12:00Z', documents: ['ofd', 'pdf', 'xml'] }

let page: VueWrapper
let answers: Record<string, object>
const find = (testid: string) => page.find(`[data-testid="${testid}"]`)

async function show(invoice: object, others: Record<string, object> = {}): Promise<void> {
  answers = { i1: invoice, ...others }
  page = mount(Detail)
  played.hooks.load?.({ id: 'i1' })
  played.hooks.show?.()
  await flushPromises()
}

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  for (const mock of [played.get, played.post, played.bytes, played.giveFile]) mock.mockReset()
  played.get.mockImplementation((path: string, options: { path: Record<string, string> }) => {
    if (path.endsWith('/links')) return Promise.resolve({ links: [] })
    if (path.startsWith('/api/v1/orders')) return Promise.reject(new Error('not read here'))
    return Promise.resolve(answers[options.path.invoice_id ?? ''])
  })
})
afterEach(() => {
  page.unmount()
  vi.useRealTimers()
})

it('follows an invoice by itself until its files are there, and stops when the page is left', async () => {
  await show(blue)
  expect(find('invoice-state').attributes('data-state')).toBe('submitted')
  expect(find('invoice-pdf').exists()).toBe(false)
  answers.i1 = issued
  await vi.advanceTimersByTimeAsync(2_000)
  await flushPromises()
  expect(find('invoice-number').text()).toBe('26622000000000000017')
  expect(['invoice-pdf', 'invoice-ofd', 'invoice-xml'].every((id) => find(id).exists())).toBe(true)
  const looks = played.get.mock.calls.length
  await vi.advanceTimersByTimeAsync(120_000)
  expect(played.get.mock.calls.length).toBe(looks)
})

it('asks nothing any more once it is hidden', async () => {
  await show(blue)
  played.hooks.hide?.()
  const looks = played.get.mock.calls.length
  await vi.advanceTimersByTimeAsync(120_000)
  expect(played.get.mock.calls.length).toBe(looks)
})

it('gives a file under the number of the invoice', async () => {
  await show(issued)
  played.bytes.mockResolvedValue({ bytes: new ArrayBuffer(3), contentType: 'application/pdf' })
  await find('invoice-pdf').trigger('click')
  await flushPromises()
  expect(played.bytes.mock.calls[0]?.[1].path).toEqual({ invoice_id: 'i1', format: 'pdf' })
  expect(played.giveFile).toHaveBeenCalledWith('26622000000000000017.pdf', expect.any(ArrayBuffer), 'application/pdf')
})

it('says why it was refused, and leads to a new one', async () => {
  await show({ ...blue, state: 'rejected', reject_reason: '购买方税号不存在' })
  expect(find('invoice-reason').text()).toContain('购买方税号不存在')
  expect(page.text()).toContain('重新选择停车开票')
  expect(find('invoice-mail').exists()).toBe(false)
})

it('says that it waits for the issuer, and that nothing is to be done', async () => {
  await show({ ...blue, waits_for: 'login' })
  expect(page.text()).toContain('登录后会自动继续')
})

it('says how much red invoices took back', async () => {
  const red = { ...issued, invoice_id: 'r1', colour: 'red', gross_fen: -300, original_id: 'i1', red_ids: [] }
  await show({ ...issued, red_ids: ['r1'] }, { r1: red })
  expect(find('invoice-red').text()).toContain('已冲回 ¥3.00')
  await show({ ...issued, red_ids: ['r1'] }, { r1: { ...red, gross_fen: -900 } })
  expect(find('invoice-red').text()).toContain('全部冲回')
})

it('shows a link once, with the address that another person can open', async () => {
  await show(issued)
  played.post.mockResolvedValue({ link_id: 'l1', path: '/api/v1/invoice-links/abc', expires_at: '2026-12-03T00:00:00Z' })
  await find('invoice-link-make').trigger('click')
  await flushPromises()
  expect(find('invoice-link').text()).toBe('https://parking.example/api/v1/invoice-links/abc')
})

it('sends to a whole address only, the same try under the same key', async () => {
  await show(issued)
  await find('invoice-mail').trigger('click')
  expect(page.text()).toContain('邮箱地址不完整')
  find('invoice-email').element.dispatchEvent(new CustomEvent('input', { detail: { value: 'lin@example.com' } }))
  await flushPromises()
  played.post.mockRejectedValueOnce(new Error('lost')).mockResolvedValueOnce({})
  await find('invoice-mail').trigger('click')
  await flushPromises()
  await find('invoice-mail').trigger('click')
  await flushPromises()
  const [first, again] = played.post.mock.calls
  expect(first?.[1]).toMatchObject({ path: { invoice_id: 'i1' }, body: { email: 'lin@example.com' } })
  expect(again?.[1].key).toBe(first?.[1].key)
})
