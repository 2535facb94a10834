/** The texts: nothing is missing in either language, Chinese is set as Chinese. */
import { describe, expect, it } from 'vitest'
import * as zhFiles from './texts/zh'
import * as enFiles from './texts/en'
import { language, t, tMaybe } from '@/locale'

const flat = (value: unknown, path = ''): [string, string][] =>
  typeof value === 'string'
    ? [[path, value]]
    : Object.entries(value as object).flatMap(([name, inner]) => flat(inner, path ? `${path}.${name}` : name))

const zh = flat(zhFiles)
const en = flat(enFiles)
const gaps = (text: string) => [...text.split(' | ')[0]!.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()

describe('the two languages', () => {
  it('have the same keys', () => expect(en.map(([key]) => key).sort()).toEqual(zh.map(([key]) => key).sort()))

  it('fill in the same', () => {
    const english = new Map(en)
    const differing = zh.filter(([key, text]) => gaps(text).join() !== gaps(english.get(key) ?? '').join()).map(([key]) => key)
    expect(differing).toEqual([])
  })

  it('have no Chinese in English but the name of Chinese, and of a street that is typed by its initials', () => {
    expect(en.filter(([, text]) => /[\u4e00-\u9fff]/.test(text)).map(([key]) => key)).toEqual(['find.search.begin', 'me.setting.zh'])
  })

  it('set Chinese with Chinese marks', () => {
    expect(zh.filter(([, text]) => /[\u4e00-\u9fff][,;?!]|[,;?!][\u4e00-\u9fff]/.test(text))).toEqual([])
  })
})

describe('a text', () => {
  it('follows the language, fills in, and counts', () => {
    language.value = 'zh'
    expect(t('me.owe.banner', { n: 2 })).toBe('您有 2 笔停车费未缴')
    language.value = 'en'
    expect(t('me.owe.banner', { n: 1 })).toBe('You have 1 unpaid parking bill')
    expect(t('me.owe.banner', { n: 2 })).toBe('You have 2 unpaid parking bills')
  })
  it('for a code that nobody has words for is none', () => expect(tMaybe('common.error.never_heard_of')).toBeUndefined())
})
