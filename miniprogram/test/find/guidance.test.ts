/** A guidance session on the phone: opened, followed, answered, renewed, ended. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'

const stream = vi.hoisted(() => ({ path: '', token: '', hear: (_e: { data: string }) => {}, turn: (_s: string) => {}, closed: 0 }))
vi.mock('@/api/stream', () => ({
  openStream: (path: string, query: { token: string }, hear: never, turn: never) => {
    Object.assign(stream, { path, token: query.token, hear, turn })
    return { close: () => (stream.closed += 1) }
  },
}))
const phone = vi.hoisted(() => ({ shaken: 0, tell: (_at: readonly [number, number]) => {} }))
vi.mock('@/lib/platform/screen', () => ({
  shake: () => (phone.shaken += 1),
  watchPlace: (tell: never) => {
    phone.tell = tell
    return () => (phone.tell = () => {})
  },
}))
const ask = vi.hoisted(() => ({ openGuidance: vi.fn(), tellGuidance: vi.fn(), readGuidance: vi.fn(), endGuidance: vi.fn(), notOffered: () => false }))
vi.mock('@/components/find/ask', () => ask)
vi.mock('@/api/client', () => ({ codeOf: (error: { code: string }) => error.code }))

import type { Guidance } from '@/components/find/contract'
import { useGuidance } from '@/components/find/use-guidance'

const at = { lon: 104.17, lat: 36.55 }
const question = { bay_code: 'BY0012', at, vehicle_class: 'small' as const, stay_min: 60, lang: 'zh' as const }
const bay = { bay_code: 'BY0012', ...at, street: '人民路', state: 'free' as const, observed_at: null }
const driving: Guidance = {
  now: '2026-09-15T00:00:00Z', speed: 1, guidance_id: 'g1', seq: 1, phase: 'driving', why: 'opened', bay,
  drive: null, walk: null, error: null, offer: null, text: '',
}
const offer = { offer_id: 3, reason: 'taken', bay: { ...bay, bay_code: 'BY0040' }, drive: null, walk: null, error: null, more_s: 45, text: '' }
const opened = { ...driving, token: 'secret', expires_at: '2026-09-15T03:00:00Z' }

let scope: EffectScope
let guide: ReturnType<typeof useGuidance>
const moved = vi.fn()

beforeEach(async () => {
  vi.useFakeTimers()
  stream.closed = 0
  phone.shaken = 0
  for (const question of [ask.openGuidance, ask.tellGuidance, ask.readGuidance, ask.endGuidance]) question.mockReset()
  ask.openGuidance.mockResolvedValue(opened)
  ask.endGuidance.mockResolvedValue(undefined)
  scope = effectScope()
  guide = scope.run(() => useGuidance(moved))!
  await guide.begin(question)
  stream.turn('open')
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const event = (more: Partial<Guidance>) => stream.hear({ data: JSON.stringify({ ...driving, ...more }) })

describe('the offer of another bay', () => {
  it('is shown and felt when the bay is taken, and is not taken by itself', async () => {
    event({ seq: 2, phase: 'offered', why: 'taken', offer })
    expect(guide.seen.value).toEqual({ kind: 'offer', offer })
    expect(phone.shaken).toBe(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ask.tellGuidance).not.toHaveBeenCalled()
    expect(guide.session.value?.bay.bay_code).toBe('BY0012')
  })

  it('is accepted by its number, and the way goes on to the other bay', async () => {
    event({ seq: 2, phase: 'offered', why: 'taken', offer })
    ask.tellGuidance.mockResolvedValue({ ...driving, seq: 3, why: 'accepted', bay: offer.bay })
    await guide.answer({ accept: 3 })
    expect(ask.tellGuidance).toHaveBeenCalledWith({ guidance_id: 'g1', token: 'secret' }, { accept: 3 })
    expect(guide.seen.value).toEqual({ kind: 'driving', note: 'accepted' })
    expect(guide.session.value?.bay.bay_code).toBe('BY0040')
  })

  it('that is gone meanwhile is replaced by the newest word', async () => {
    event({ seq: 2, phase: 'offered', why: 'taken', offer })
    ask.tellGuidance.mockRejectedValue({ code: 'offer_gone' })
    ask.readGuidance.mockResolvedValue({ ...driving, seq: 4, phase: 'lost', why: 'offer_gone' })
    await guide.answer({ accept: 3 })
    expect(guide.seen.value).toEqual({ kind: 'lost' })
    expect(guide.busy.value).toBe(false)
  })

  it('that comes late, after newer news, counts for nothing', () => {
    event({ seq: 5, why: 'free_again' })
    event({ seq: 4, phase: 'offered', why: 'taken', offer })
    expect(guide.seen.value).toEqual({ kind: 'driving', note: 'free_again' })
    expect(phone.shaken).toBe(0)
  })
})

it('tells where the phone is, not more often than every five seconds', async () => {
  ask.tellGuidance.mockResolvedValue({ ...driving, seq: 2, why: 'moved' })
  phone.tell([104.171, 36.55])
  expect(ask.tellGuidance).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(5_000)
  phone.tell([104.172, 36.55])
  phone.tell([104.173, 36.55])
  expect(ask.tellGuidance).toHaveBeenCalledTimes(1)
  expect(ask.tellGuidance.mock.calls[0]?.[1]).toEqual({ at: { lon: 104.172, lat: 36.55 } })
  expect(moved).toHaveBeenLastCalledWith({ lon: 104.173, lat: 36.55 })
})

it('asks for the session while the stream is broken', async () => {
  ask.readGuidance.mockResolvedValue({ ...driving, seq: 2, phase: 'lost', why: 'taken' })
  stream.turn('waiting')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(guide.seen.value).toEqual({ kind: 'lost' })
})

it('is opened anew from where the phone is when the gateway does not know it any more', async () => {
  ask.tellGuidance.mockRejectedValue({ code: 'guidance_unknown' })
  ask.openGuidance.mockResolvedValue({ ...opened, guidance_id: 'g2', token: 'other' })
  await vi.advanceTimersByTimeAsync(15_000)
  phone.tell([104.18, 36.56])
  await vi.advanceTimersByTimeAsync(0)
  expect(ask.openGuidance).toHaveBeenLastCalledWith({ ...question, at: { lon: 104.18, lat: 36.56 } })
  expect(stream.token).toBe('other')
  expect(guide.renewed.value).toBe(true)
})

it('ends with the word of the gateway, and closes its stream', () => {
  event({ seq: 9, phase: 'ended', why: 'arrived' })
  expect(guide.state.value).toBe('ended')
  expect(guide.seen.value).toEqual({ kind: 'ended', why: 'arrived' })
  expect(stream.closed).toBe(1)
})

it('is ended at the gateway when the driver stops it', () => {
  guide.stop('left')
  expect(ask.endGuidance).toHaveBeenCalledWith({ guidance_id: 'g1', token: 'secret' }, 'left')
  expect([guide.state.value, guide.session.value]).toEqual(['off', null])
})

it('says so when too many are guided', async () => {
  guide.stop('left')
  ask.openGuidance.mockRejectedValue({ code: 'guidance_full' })
  await guide.begin(question)
  expect(guide.state.value).toBe('full')
})
