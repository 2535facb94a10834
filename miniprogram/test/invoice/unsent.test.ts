/** What was filled in for an invoice outlives a sign-in, for the account that filled it in. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it, vi } from 'vitest'
import { entry } from './entry'

const played = vi.hoisted(() => ({
  hooks: {} as Record<string, (query?: Record<string, string>) => void>,
  get: vi.fn(),
  post: vi.fn(),
  open: vi.fn(),
}))

vi.mock('@dcloudio/uni-app', () => ({
  onLoad: (hook: () => void) => (played.hooks.load = hook),
  onShow: (hook: () => void) => (played.hooks.show = hook),
  onHide: () => undefined,
  onUnload: () => undefined,
}))
vi.mock('@/lib/platform', async (original) => ({
  ...(await original<object>()),
  open: played.open, replace: vi.fn(), back: vi.fn(), topEdge: () => ({ top: 0, right: 0 }), nameWindow: vi.fn(), here: () => ({ page: '/', query: {} }),
}))
vi.mock('@/api/client', async (original) => {
  const real = await original<typeof import('@/api/client')>()
  return { ...real, api: { ...real.api, get: played.get, post: played.post } }
})

import { ApiFailure } from '@/api/client'
import NewInvoice from '@/pages/invoice/new.vue'
import { useSession } from '@/stores/session'

const orders = [entry({ order_id: 'paid' }), entry({ order_id: 'second', invoiceable_fen: 450, paid_fen: 450 })]
const COMPANY = { title_id: 'kept', kind: 'company', name: '某某公司', tax_id: '91620400MA00SAMPLE', is_default: true }
let titles: object[]
let page: VueWrapper

const find = (testid: string, key?: string) => page.find(`[data-testid="${testid}"]${key ? `[data-key="${key}"]` : ''}`)
const value = (testid: string) => (find(testid).element as HTMLInputElement).value
const press = async (testid: string, key?: string) => {
  await find(testid, key).trigger('click')
  await flushPromises()
}
async function type(testid: string, text: string): Promise<void> {
  find(testid).element.dispatchEvent(new CustomEvent('input', { detail: { value: text } }))
  await flushPromises()
}

const signInAs = (account_id: string) => useSession().take({ account_id, token: account_id, expires_at: '2099-01-01T00:00:00Z' } as never)

async function opened(): Promise<void> {
  page = mount(NewInvoice)
  played.hooks.load?.({ order: 'paid' })
  played.hooks.show?.()
  await flushPromises()
}

/** The session has ended unnoticed; it is noticed when the invoice is asked for. */
async function issueSignedOut(): Promise<void> {
  played.post.mockImplementation(() => {
    useSession().signOut()
    return Promise.reject(new ApiFailure('signed_out', '', '', 401))
  })
  await press('invoice-issue')
}

beforeEach(async () => {
  setActivePinia(createPinia())
  for (const mock of [played.get, played.post, played.open]) mock.mockReset()
  titles = []
  played.get.mockImplementation((path: string) =>
    Promise.resolve(path === '/api/v1/orders' ? { orders, next: null, now: '2026-11-20T00:00:00Z', speed: 1 } : { titles }),
  )
  signInAs('lin')
})

it('leads to the sign-in and back here, and has everything that was filled in', async () => {
  await opened()
  await press('invoice-order', 'second')
  await type('title-name', '张三')
  await type('invoice-email', 'zhang@example.com')
  await issueSignedOut()
  expect(played.open).toHaveBeenCalledWith('/pages/me/sign-in', { next: '/pages/invoice/new?order=paid' })
  page.unmount()
  signInAs('lin')
  await opened()
  expect(value('title-name')).toBe('张三')
  expect(value('invoice-email')).toBe('zhang@example.com')
  expect(find('invoice-sum').attributes('data-fen')).toBe('750')
})

it('gives nothing to another account', async () => {
  await opened()
  await type('title-name', '张三')
  await issueSignedOut()
  page.unmount()
  signInAs('wang')
  await opened()
  expect(value('title-name')).toBe('')
  page.unmount()
  // And it is gone, whoever comes next.
  signInAs('lin')
  await opened()
  expect(value('title-name')).toBe('')
})

it('keeps nothing of what was sent, and nothing when the page itself outlived the sign-in', async () => {
  await opened()
  await type('title-name', '张三')
  await issueSignedOut()
  signInAs('lin')
  played.hooks.show?.()
  await flushPromises()
  expect(value('title-name')).toBe('张三')
  page.unmount()
  await opened()
  expect(value('title-name')).toBe('')
})

it('a title that is being typed does not give way to the usual one when the list is read anew', async () => {
  titles = [COMPANY]
  await opened()
  expect(find('title-name').exists()).toBe(false)
  await press('invoice-title-own')
  await type('title-name', '张三')
  played.hooks.show?.()
  await flushPromises()
  expect(value('title-name')).toBe('张三')
})
