/** The client: who asks, what is tried again and with which key, what a failure says. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ask, Heard } from '@/lib/platform'

const sent: Ask[] = []
let answers: (Partial<Heard> | Error)[] = []

vi.mock('@/lib/platform', () => {
  class Unreachable extends Error {}
  return {
    Unreachable,
    apiOrigin: () => '',
    request: (ask: Ask) => {
      sent.push(ask)
      const answer = answers.shift() ?? new Unreachable('no more answers')
      if (answer instanceof Error) return Promise.reject(answer)
      return Promise.resolve({ status: 200, headers: {}, text: '{}', ...answer })
    },
  }
})

const { api, connect, addressOf, ApiFailure, codeOf, isOffline, RETRY_AFTER_MS } = await import('@/api/client')
const { Unreachable } = await import('@/lib/platform')
const { cityNow } = await import('@/lib/clock')

const problem = (code: string, status: number) => ({ status, text: JSON.stringify({ type: `urn:bowei:problem:${code}`, title: 'T', status, code, detail: 'why' }) })
const renewals: string[] = []
const reached: boolean[] = []
let token: string | undefined

beforeEach(() => {
  sent.length = 0
  answers = []
  renewals.length = 0
  reached.length = 0
  token = 'old'
  RETRY_AFTER_MS.splice(0, RETRY_AFTER_MS.length, 0, 0)
  connect({
    token: () => token,
    renew: (refused) => {
      renewals.push(refused)
      return Promise.resolve('new')
    },
    language: () => 'en',
    reached: (answered) => void reached.push(answered),
  })
})

const caught = async (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error as InstanceType<typeof ApiFailure>)

describe('an address', () => {
  it('has its parts filled in and nothing that is undefined', () => {
    expect(addressOf('/api/v1/bays/{bay_code}', { path: { bay_code: 'A/1' }, query: { a: 1, b: undefined, c: '甘 D' } })).toBe(
      '/api/v1/bays/A%2F1?a=1&c=%E7%94%98%20D',
    )
  })
})

describe('a request', () => {
  it('says who asks and in what language', async () => {
    answers = [{ text: '{"orders":[]}' }]
    await api.get('/api/v1/orders')
    expect(sent[0]?.headers).toMatchObject({ Authorization: 'Bearer old', 'Accept-Language': 'en' })
    expect(sent[0]?.headers['Idempotency-Key']).toBeUndefined()
  })

  it('renews the session once when its token is refused, and no second time', async () => {
    answers = [problem('token_unknown', 401), { text: '{"orders":[]}' }]
    await api.get('/api/v1/orders')
    expect(sent.map((ask) => ask.headers.Authorization)).toEqual(['Bearer old', 'Bearer new'])
    answers = [problem('token_unknown', 401), problem('token_unknown', 401)]
    expect((await caught(api.get('/api/v1/orders')))?.code).toBe('signed_out')
    expect(renewals).toEqual(['old', 'old'])
  })

  it('does not renew what was never signed in', async () => {
    token = undefined
    answers = [problem('token_missing', 401)]
    expect((await caught(api.get('/api/v1/orders')))?.code).toBe('signed_out')
    expect(renewals).toEqual([])
  })

  it('sets the clock by the answer', async () => {
    answers = [{ text: '{"now":"2026-09-15T00:00:00Z","speed":1,"stays":[]}' }]
    await api.get('/api/v1/stays/current')
    expect(Math.abs(cityNow() - Date.parse('2026-09-15T00:00:00Z'))).toBeLessThan(1000)
  })
})

describe('a command', () => {
  const body = { bay_code: 'TS01', plate: '甘D12345' }

  it('keeps its key over the tries that a bad network makes', async () => {
    answers = [new Unreachable('timeout'), new Unreachable('timeout'), { status: 201, text: '{"state":"bound"}' }]
    await api.post('/api/v1/claims', { body })
    const keys = sent.map((ask) => ask.headers['Idempotency-Key'])
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(reached).toEqual([true])
  })

  it('has another key each time, or the one that it is given', async () => {
    answers = [{ status: 201 }, { status: 201 }, { status: 201 }]
    await api.post('/api/v1/claims', { body })
    await api.post('/api/v1/claims', { body })
    await api.post('/api/v1/claims', { body, key: 'mine' })
    const [first, second, third] = sent.map((ask) => ask.headers['Idempotency-Key'])
    expect(first).not.toBe(second)
    expect(third).toBe('mine')
  })

  it('that meets no network three times is offline, and no error of the service', async () => {
    answers = [new Unreachable('a'), new Unreachable('b'), new Unreachable('c')]
    const failure = await caught(api.post('/api/v1/claims', { body }))
    expect(isOffline(failure)).toBe(true)
    expect(sent).toHaveLength(3)
    expect(reached).toEqual([false])
  })
})

describe('a refusal', () => {
  it('carries code, words and status of the problem, and is not tried again', async () => {
    answers = [problem('stay_claimed', 409)]
    const failure = await caught(api.post('/api/v1/claims', { body: { bay_code: 'TS01', plate: '甘D12345' } }))
    expect(failure).toMatchObject({ code: 'stay_claimed', title: 'T', detail: 'why', status: 409, offline: false })
    expect(sent).toHaveLength(1)
  })

  it('of a sign-in is not taken for an ended session', async () => {
    token = undefined
    answers = [problem('wechat_code_refused', 401)]
    expect((await caught(api.post('/api/v1/sessions', { body: { wechat_code: 'x' } })))?.code).toBe('wechat_code_refused')
  })

  it('without a problem document has the status for a code', async () => {
    answers = [{ status: 502, text: '<html>Bad gateway</html>' }]
    expect(codeOf(await caught(api.get('/api/v1/orders')))).toBe('http_502')
  })

  it('is an answer that nobody can read', async () => {
    answers = [{ status: 200, text: '<html>' }]
    expect(codeOf(await caught(api.get('/api/v1/orders')))).toBe('answer_unreadable')
  })
})
