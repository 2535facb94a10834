/** Small decisions of finding: chances in words, places kept, map apps, where a search begins. */
import { describe, expect, it } from 'vitest'
import { chancePct, chanceWord, wholeMinutes } from '@/components/find/chance'
import { appName, appsFor, type HandOver } from '@/components/find/map-apps'
import { placeName, recentKept, withoutRecent, withRecent, type FoundPlace } from '@/components/find/recent'
import { whereabouts } from '@/components/find/whereabouts'
import { kindOf } from '@/lib/platform/screen'

describe('a chance in words', () => {
  it.each([
    [1, 'sure'],
    [0.8, 'sure'],
    [0.79, 'likely'],
    [0.6, 'likely'],
    [0.35, 'even'],
    [0.34, 'unlikely'],
    [0, 'unlikely'],
    [null, 'none_known'],
    [Number.NaN, 'none_known'],
  ] as const)('%s is %s', (chance, word) => {
    expect(chanceWord(chance)).toBe(word)
  })

  it('is never certain in numbers', () => {
    expect([0, 0.004, 0.836, 0.999, 1].map(chancePct)).toEqual([1, 1, 84, 99, 99])
  })

  it('plans with whole minutes, rounded up', () => {
    expect([0, 1, 60, 61, 147].map(wholeMinutes)).toEqual([1, 1, 1, 2, 3])
  })
})

describe('places looked for', () => {
  const place = (name: string, lon = 104): FoundPlace => ({ kind: 'named', name, name_en: '', lon, lat: 36 })

  it('are kept newest first, once each, eight at most', () => {
    const names = 'abcdefghij'.split('').reduce<FoundPlace[]>((list, name) => withRecent(list, place(name)), [])
    expect(names.map((one) => one.name).join('')).toBe('jihgfedc')
    expect(withRecent(names, place('e')).map((one) => one.name).join('')).toBe('ejihgfdc')
    expect(withoutRecent(names, place('h')).map((one) => one.name).join('')).toBe('jigfedc')
  })

  it('of one name in two parts of the town are two', () => {
    expect(withRecent([place('市场', 104.1)], place('市场', 104.2))).toHaveLength(2)
  })

  it('are read as far as they are places', () => {
    expect(recentKept([place('a'), { ...place('b'), lon: '104' }, { ...place('c'), lat: 91 }, null, 7, { ...place(''), name: '' }])).toEqual([place('a')])
    expect(recentKept({})).toEqual([])
  })

  it('have the Chinese name where there is no other', () => {
    expect(placeName({ ...place('人民路'), name_en: 'Renmin Road' }, 'en')).toBe('Renmin Road')
    expect(placeName(place('人民路'), 'en')).toBe('人民路')
    expect(placeName({ ...place('人民路'), name_en: 'Renmin Road' }, 'zh')).toBe('人民路')
  })
})

describe('map apps', () => {
  const over = (app: string): HandOver => ({ app, datum: 'gcj02', lon: 104, lat: 36, name: 'x', link: app === 'wechat' ? null : 'x:' })
  const all = ['wechat', 'tencent_app', 'tencent_web', 'amap_android', 'amap_ios', 'amap_web', 'baidu_app', 'baidu_web', 'apple', 'google'].map(over)

  it.each([
    ['ios', 'amap_ios tencent_app baidu_app apple google'],
    ['android', 'amap_android tencent_app baidu_app google'],
    ['computer', 'amap_web tencent_web baidu_web google'],
    ['wechat', 'wechat'],
  ] as const)('on %s are %s', (device, expected) => {
    expect(appsFor(device, all).map((one) => one.app).join(' ')).toBe(expected)
  })

  it('are called by their maker', () => {
    expect(['amap_ios', 'google'].map(appName)).toEqual(['amap', 'google'])
  })

  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 0, 'computer'],
    ['Mozilla/5.0 (Linux; Android 14; Pixel 8)', 5, 'android'],
    ['Mozilla/5.0 (Phone; OpenHarmony 5.0)', 5, 'android'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 0, 'computer'],
  ] as const)('%s with %d fingers is %s', (agent, touches, kind) => {
    expect(kindOf(agent, touches)).toBe(kind)
  })
})

describe('where a search begins', () => {
  const centre = { lon: 104.17, lat: 36.55 }
  const me = { lon: 104.16, lat: 36.54 }
  const goal = { lon: 104.18, lat: 36.56 }
  const abroad = { lon: 13.4, lat: 52.5 }
  const nowhere = { me: null, start: null, goal: null, centre }

  it('where the driver is, to where he wants to go', () => {
    expect(whereabouts({ ...nowhere, me, goal })).toEqual({ from: me, to: goal, far_m: null })
    expect(whereabouts({ ...nowhere, me })).toEqual({ from: me, to: null, far_m: null })
  })

  it('at the start chosen by hand, where the phone does not know', () => {
    expect(whereabouts({ ...nowhere, start: me, goal })).toEqual({ from: me, to: goal, far_m: null })
  })

  it('at the goal, or in the middle of the town, where nothing else is known', () => {
    expect(whereabouts({ ...nowhere, goal })).toEqual({ from: goal, to: null, far_m: null })
    expect(whereabouts(nowhere)).toEqual({ from: centre, to: null, far_m: null })
  })

  it('in the town for who is far away, and says how far', () => {
    const far = whereabouts({ ...nowhere, me: abroad })
    expect(far.from).toEqual(centre)
    // Berlin is some 6,700 km from Baiyin.
    expect(far.far_m).toBeGreaterThan(6_000_000)
    expect(far.far_m).toBeLessThan(7_500_000)
  })
})
