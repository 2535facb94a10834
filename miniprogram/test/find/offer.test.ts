/** A guidance session: what is shown of it, and when the driver is told. */
import { describe, expect, it } from 'vitest'
import type { Guidance, GuidanceOffer } from '@/components/find/contract'
import { dueToReport, moreMinutes, newest, sight, speaksUp } from '@/components/find/offer'

const bay = { bay_code: 'BY0012', lon: 104.17, lat: 36.55, street: '人民路', state: 'free' as const, observed_at: null }
const driving: Guidance = {
  now: '2026-09-15T00:00:00Z', speed: 1, guidance_id: 'a', seq: 3, phase: 'driving', why: 'opened', bay,
  drive: null, walk: null, error: null, offer: null, text: '',
}
const offer: GuidanceOffer = {
  offer_id: 1, reason: 'taken', bay: { ...bay, bay_code: 'BY0040' }, drive: null, walk: null, error: null, more_s: 45, text: '',
}
const offered: Guidance = { ...driving, seq: 4, phase: 'offered', why: 'taken', offer }
const lost: Guidance = { ...driving, seq: 4, phase: 'lost', why: 'taken' }

describe('the session that holds', () => {
  it('is the newest one, whatever the order', () => {
    expect(newest(null, driving)).toBe(driving)
    expect(newest(driving, offered)).toBe(offered)
    expect(newest(offered, driving)).toBe(offered)
  })

  it('is another one when it was opened anew, even if that counts from the beginning', () => {
    const anew = { ...driving, guidance_id: 'b', seq: 1 }
    expect(newest(offered, anew)).toBe(anew)
  })
})

describe('what is shown', () => {
  it.each([
    ['on the way', driving, { kind: 'driving', note: null }],
    ['free again', { ...driving, why: 'free_again' }, { kind: 'driving', note: 'free_again' }],
    ['another way', { ...driving, why: 'rerouted' }, { kind: 'driving', note: 'rerouted' }],
    ['an offer', offered, { kind: 'offer', offer }],
    ['an offer that came while nothing else was free', { ...offered, phase: 'lost' }, { kind: 'offer', offer }],
    ['lost', lost, { kind: 'lost' }],
    ['the offer was declined', { ...offered, offer: null }, { kind: 'lost' }],
    ['the end', { ...driving, phase: 'ended', why: 'arrived' }, { kind: 'ended', why: 'arrived' }],
    ['the end, whatever else it says', { ...offered, phase: 'ended', why: 'claimed' }, { kind: 'ended', why: 'claimed' }],
  ] as const)('%s', (_name, session, expected) => {
    expect(sight(session as Guidance)).toEqual(expected)
  })
})

describe('the driver is told', () => {
  it('of an offer, once', () => {
    expect(speaksUp(driving, offered)).toBe(true)
    expect(speaksUp(offered, offered)).toBe(false)
    expect(speaksUp(offered, { ...offered, seq: 5, why: 'moved' })).toBe(false)
  })

  it('of the next offer when the first is gone', () => {
    expect(speaksUp(offered, { ...offered, seq: 5, why: 'offer_gone', offer: { ...offer, offer_id: 2 } })).toBe(true)
  })

  it('that the bay is lost, once', () => {
    expect(speaksUp(driving, lost)).toBe(true)
    expect(speaksUp(lost, { ...lost, seq: 5 })).toBe(false)
  })

  it('of nothing that is older, and not that all is well', () => {
    expect(speaksUp({ ...driving, seq: 9 }, offered)).toBe(false)
    expect(speaksUp(offered, { ...driving, seq: 5, why: 'free_again' })).toBe(false)
  })

  it('at once when the bay is taken as the session opens', () => {
    expect(speaksUp(null, offered)).toBe(true)
    expect(speaksUp(null, driving)).toBe(false)
  })
})

describe('where the phone is', () => {
  const at = { lon: 104.17, lat: 36.55 }
  // 0.0002° of latitude are 22 m.
  const moved = { lon: 104.17, lat: 36.5502 }
  it.each([
    ['is told first', null, at, 0, true],
    ['not every second', { at, at_ms: 0 }, moved, 4_999, false],
    ['every five seconds on the move', { at, at_ms: 0 }, moved, 5_000, true],
    ['not while it stands', { at, at_ms: 0 }, at, 14_999, false],
    ['now and then while it stands', { at, at_ms: 0 }, at, 15_000, true],
  ] as const)('%s', (_name, last, where, now_ms, expected) => {
    expect(dueToReport(last, where, now_ms)).toBe(expected)
  })
})

it.each([
  [45, { sign: 'longer', minutes: 1 }],
  [-100, { sign: 'shorter', minutes: 2 }],
  [29, { sign: 'same', minutes: 0 }],
  [0, { sign: 'same', minutes: 0 }],
  [null, null],
  [Number.NaN, null],
] as const)('%s seconds more are %j', (more_s, expected) => {
  expect(moreMinutes(more_s)).toEqual(expected)
})
