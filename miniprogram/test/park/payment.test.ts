/** The machine of a payment: what is believed, what is resumed, what is over. */
import { describe, expect, it } from 'vitest'
import { after, fresh, isOver, isSandbox, isUnderWay, nameOf, pause, withReturn, type Attempt, type Event, type Payment } from '@/lib/park/payment'

const PAY = { appId: 'wx1', timeStamp: '1', nonceStr: 'n', package: 'prepay_id=wx2', signType: 'RSA', paySign: 's' }

function attempt(state: string, more: Partial<Attempt> = {}): Attempt {
  return { payment_id: 'p1', state, amount_fen: 300, expires_at: '2026-09-15T03:00:00Z', ...more }
}

function run(...events: Event[]): Payment {
  return events.reduce(after, fresh({ kind: 'order', orderId: 'o1' }, 'h5', 'k1'))
}

const seen = (state: string, more: Partial<Attempt> = {}): Event => ({ kind: 'seen', attempt: attempt(state, more) })

describe('the way of a payment', () => {
  it('goes from asking over the cashier to the word of the server', () => {
    const phases: string[] = []
    let payment = fresh({ kind: 'order', orderId: 'o1' }, 'jsapi', 'k1')
    const events: Event[] = [
      { kind: 'ask' },
      seen('created'),
      seen('ready', { pay: PAY }),
      { kind: 'opened' },
      { kind: 'returned', outcome: 'ok' },
      seen('ready'),
      seen('succeeded'),
    ]
    for (const event of events) {
      payment = after(payment, event)
      phases.push(payment.phase)
    }
    expect(phases).toEqual(['asking', 'preparing', 'ready', 'cashier', 'confirming', 'confirming', 'paid'])
  })

  it('does not believe a cashier that says ok', () => {
    const payment = run({ kind: 'ask' }, seen('ready'), { kind: 'opened' }, { kind: 'returned', outcome: 'ok' })
    expect(payment.phase).toBe('confirming')
    expect(after(payment, seen('closed')).phase).toBe('closed')
  })

  it('lets a cancelled cashier be opened again, and money that went all the same count', () => {
    const payment = run({ kind: 'ask' }, seen('ready'), { kind: 'opened' }, { kind: 'returned', outcome: 'cancelled' })
    expect([payment.phase, payment.why]).toEqual(['ready', 'cancelled'])
    expect(after(payment, { kind: 'opened' }).phase).toBe('cashier')
    expect(after(payment, seen('succeeded')).phase).toBe('paid')
  })

  it('keeps what is over, except that money may come late', () => {
    const closed = run({ kind: 'ask' }, seen('ready'), seen('closed'))
    expect(after(closed, seen('ready')).phase).toBe('closed')
    expect(after(closed, { kind: 'ask' }).phase).toBe('closed')
    expect(after(closed, seen('succeeded')).phase).toBe('paid')
    const paid = run({ kind: 'ask' }, seen('succeeded'))
    for (const event of [seen('closed'), seen('failed'), { kind: 'refused', code: 'order_paid' } as Event]) {
      expect(after(paid, event).phase).toBe('paid')
    }
  })

  it('says why it failed', () => {
    expect(run({ kind: 'ask' }, { kind: 'refused', code: 'nothing_due' })).toMatchObject({ phase: 'failed', why: 'nothing_due' })
    expect(run({ kind: 'ask' }, seen('failed'))).toMatchObject({ phase: 'failed', why: 'channel_refused' })
  })

  it('marks what is shown as old while the net is lost, and takes the mark back', () => {
    const lost = run({ kind: 'ask' }, seen('ready'), { kind: 'lost' })
    expect([lost.phase, lost.lost]).toEqual(['ready', true])
    expect(after(lost, seen('ready')).lost).toBe(false)
    expect(after(run({ kind: 'ask' }, seen('succeeded')), { kind: 'lost' }).lost).toBe(false)
  })

  it('keeps arguments that are given once', () => {
    const payment = run({ kind: 'ask' }, seen('ready', { pay: PAY }), seen('ready', { pay: null }))
    expect(payment.attempt?.pay).toEqual(PAY)
    const other = after(payment, { kind: 'seen', attempt: { ...attempt('ready'), payment_id: 'p2' } })
    expect(other.attempt?.pay).toBeUndefined()
  })

  it('is asked for while it is under way only', () => {
    expect(isUnderWay('idle')).toBe(false)
    expect((['asking', 'preparing', 'ready', 'cashier', 'confirming'] as const).every(isUnderWay)).toBe(true)
    expect((['paid', 'closed', 'failed'] as const).every(isOver)).toBe(true)
  })
})

describe('around it', () => {
  it('asks soon at first, then less often', () => {
    expect([0, 9_999, 10_000, 60_000, 300_000].map(pause)).toEqual([1_000, 1_000, 2_500, 5_000, 15_000])
  })

  it('knows a stand-in by its host', () => {
    expect(isSandbox('http://127.0.0.1:41234/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1')).toBe(true)
    expect(isSandbox('https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1')).toBe(false)
    expect(isSandbox('https://wx.tenpay.com.example/x')).toBe(true)
    expect(isSandbox(null)).toBe(false)
  })

  it('gives the cashier the way back', () => {
    expect(withReturn('https://wx.tenpay.com/c?prepay_id=1', 'https://p.example/b/TS01?paid=1')).toBe(
      'https://wx.tenpay.com/c?prepay_id=1&redirect_url=https%3A%2F%2Fp.example%2Fb%2FTS01%3Fpaid%3D1',
    )
  })

  it('keeps one payment of a subject', () => {
    expect(nameOf({ kind: 'order', orderId: 'o1' })).toBe('pay.order.o1')
    expect(nameOf({ kind: 'bay', bayCode: 'TS01' })).toBe('pay.bay.TS01')
    expect(nameOf({ kind: 'joint', orderIds: ['a', 'b'] })).toBe('pay.joint')
  })
})
