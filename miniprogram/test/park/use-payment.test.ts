/** A payment on a page: one tap or two, a reload, the back button, a net that goes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h } from 'vue'
import { ApiFailure } from '@/api/client'
import type { Attempt } from '@/lib/park/payment'

const phone = new Map<string, string>()
const left: string[] = []
let lookedAt: () => void = () => undefined
const startAttempt = vi.fn<(...given: unknown[]) => Promise<Attempt>>()
const lookAtAttempt = vi.fn<(...given: unknown[]) => Promise<Attempt | null>>()

vi.mock('@/lib/platform', () => ({
  readStored: (name: string) => (phone.has(name) ? JSON.parse(phone.get(name) ?? '') : undefined),
  store: (name: string, value: unknown) => phone.set(name, JSON.stringify(value)),
  forget: (name: string) => phone.delete(name),
  isMiniProgram: () => false,
  isInWechatBrowser: () => false,
  openLink: (url: string) => left.push(url),
  payInWechat: vi.fn(),
  apiOrigin: () => '',
  request: vi.fn(),
  Unreachable: class extends Error {},
}))
vi.mock('@/lib/platform/cashier', () => ({
  pageUrl: (page: string, query: Record<string, string>) => `https://p.example${page}?${new URLSearchParams(query)}`,
  payByBridge: vi.fn(),
  onReturn: (tell: () => void) => {
    lookedAt = tell
    return () => undefined
  },
}))
const toTop = vi.fn()
vi.mock('@/lib/platform/screen', () => ({ toTop: () => toTop() }))
vi.mock('@/lib/park/pay-routes', () => ({
  startAttempt: (...given: unknown[]) => startAttempt(...given),
  lookAtAttempt: (...given: unknown[]) => lookAtAttempt(...given),
}))

const { usePayment } = await import('@/lib/park/use-payment')
type OnPage = ReturnType<typeof usePayment>

function attempt(state: string, more: Partial<Attempt> = {}): Attempt {
  return { payment_id: 'p1', state, amount_fen: 300, expires_at: '2026-09-15T03:00:00Z', ...more }
}

const REAL = 'https://wx.tenpay.com/checkmweb?prepay_id=1'
const SANDBOX = 'http://127.0.0.1:4000/checkmweb?prepay_id=1'

function page(paid = vi.fn()): { paying: OnPage; close: () => void } {
  let paying: OnPage | undefined
  const component = defineComponent({
    setup() {
      const back = { page: '/pages/park/bill', query: { order: 'o1' } }
      paying = usePayment(() => ({ kind: 'order', orderId: 'o1' }), () => back, paid)
      return () => h('div')
    },
  })
  const app = createApp(component)
  app.mount(document.createElement('div'))
  return { paying: paying as OnPage, close: () => app.unmount() }
}

beforeEach(() => {
  vi.useFakeTimers()
  phone.clear()
  left.length = 0
  toTop.mockReset()
  startAttempt.mockReset()
  lookAtAttempt.mockReset()
})
afterEach(() => vi.useRealTimers())

describe('paying', () => {
  it('is started once by a double tap', async () => {
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    const { paying } = page()
    await Promise.all([paying.start('h5'), paying.start('h5')])
    expect(startAttempt).toHaveBeenCalledTimes(1)
    expect(paying.phase.value).toBe('ready')
    expect(left).toEqual([])
    expect(toTop).toHaveBeenCalledTimes(1)
  })

  it('goes to a real cashier at once, with the way back', async () => {
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: REAL }))
    const { paying } = page()
    await paying.start('h5')
    expect(left).toEqual([`${REAL}&redirect_url=${encodeURIComponent('https://p.example/pages/park/bill?order=o1')}`])
    expect(paying.phase.value).toBe('cashier')
  })

  it('is paid when the server says so, and tells the page once', async () => {
    const paid = vi.fn()
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    lookAtAttempt.mockResolvedValueOnce(attempt('ready')).mockResolvedValue(attempt('succeeded'))
    const { paying } = page(paid)
    await paying.start('h5')
    await paying.openCashier()
    lookedAt()
    expect(paying.phase.value).toBe('confirming')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(paying.phase.value).toBe('paid')
    expect(paid).toHaveBeenCalledTimes(1)
    expect(phone.size).toBe(0)
    const asked = lookAtAttempt.mock.calls.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lookAtAttempt).toHaveBeenCalledTimes(asked)
  })

  it('takes another key for another attempt', async () => {
    startAttempt.mockResolvedValue(attempt('failed'))
    const { paying } = page()
    await paying.start('h5')
    paying.clear()
    await paying.start('h5')
    const keys = startAttempt.mock.calls.map((call) => call[2])
    expect(new Set(keys).size).toBe(2)
  })
})

describe('a page that goes in the middle', () => {
  it('is taken up after a reload: the cashier came back with whatever came of it', async () => {
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    const before = page()
    await before.paying.start('h5')
    await before.paying.openCashier()
    before.close()
    lookAtAttempt.mockResolvedValue(attempt('succeeded'))
    const { paying } = page()
    paying.resume()
    expect(paying.phase.value).toBe('confirming')
    await vi.advanceTimersByTimeAsync(0)
    expect(paying.phase.value).toBe('paid')
    expect(startAttempt).toHaveBeenCalledTimes(1)
  })

  it('sends the request again under its key when the answer was lost', async () => {
    startAttempt.mockRejectedValueOnce(new ApiFailure('offline', '', '', 0))
    const before = page()
    await before.paying.start('h5')
    expect(before.paying.payment.value).toMatchObject({ phase: 'asking', lost: true })
    before.close()
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    const { paying } = page()
    paying.resume()
    await vi.advanceTimersByTimeAsync(0)
    expect(paying.payment.value).toMatchObject({ phase: 'ready', lost: false })
    const keys = startAttempt.mock.calls.map((call) => call[2])
    expect(keys[0]).toBe(keys[1])
  })

  it('says nothing of an attempt that was closed long since', async () => {
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    const before = page()
    await before.paying.start('h5')
    before.close()
    lookAtAttempt.mockResolvedValue(attempt('closed'))
    const { paying } = page()
    paying.resume()
    await vi.advanceTimersByTimeAsync(0)
    expect(paying.payment.value).toBeNull()
  })
})

describe('trouble', () => {
  it('is told by its code when the server refuses', async () => {
    startAttempt.mockRejectedValue(new ApiFailure('nothing_due', '', '', 409))
    const { paying } = page()
    await paying.start('h5')
    expect(paying.payment.value).toMatchObject({ phase: 'failed', why: 'nothing_due' })
  })

  it('keeps what is known while the net is away, and goes on when it is back', async () => {
    startAttempt.mockResolvedValue(attempt('ready', { h5_url: SANDBOX }))
    lookAtAttempt.mockRejectedValueOnce(new ApiFailure('offline', '', '', 0)).mockResolvedValue(attempt('succeeded'))
    const { paying } = page()
    await paying.start('h5')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(paying.payment.value).toMatchObject({ phase: 'ready', lost: true })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(paying.phase.value).toBe('paid')
  })
})
