/** Codes and addresses that lead into the app, and words about distances. */
import { describe, expect, it } from 'vitest'
import { bayPath, pageForPath } from '@/lib/share'
import { bayCodeIn, distanceText } from '@/lib/text'
import { normalPhone } from '@/lib/phone'

describe('a QR code on a bay', () => {
  it.each([
    ['BY0012', 'BY0012'],
    [' by0012 ', 'BY0012'],
    ['https://park.example/b/by0012', 'BY0012'],
    ['https://park.example/b/BY0012?from=qr', 'BY0012'],
    ['https://park.example/pages/pay/bay?code=BY0012', 'BY0012'],
    ['weixin://wxpay/bizpayurl?pr=8f14e45f', undefined],
    ['甘D12345', undefined],
    ['', undefined],
  ])('%s', (scanned, code) => expect(bayCodeIn(scanned)).toBe(code))

  it('leads to the page where it is paid', () => {
    expect(pageForPath(bayPath('BY0012'))).toBe('/pages/pay/bay?code=BY0012')
    expect(pageForPath('/b/BY0012/', '?from=qr')).toBe('/pages/pay/bay?code=BY0012&from=qr')
    expect(pageForPath('/pages/me/index')).toBeUndefined()
  })
})

describe('a distance', () => {
  it.each([
    [3, '5 米', '5 m'],
    [121, '120 米', '120 m'],
    [1240, '1.2 公里', '1.2 km'],
    [12_400, '12 公里', '12 km'],
  ])('%i m', (metres, zh, en) => {
    expect(distanceText(metres, 'zh')).toBe(zh)
    expect(distanceText(metres, 'en')).toBe(en)
  })
})

describe('a mobile number', () => {
  it.each([
    ['138 1234-5678', '13812345678'],
    ['+8613812345678', '13812345678'],
    ['１３８１２３４５６７８', '13812345678'],
    ['23812345678', undefined],
    ['1381234567', undefined],
  ])('%s', (typed, number) => expect(normalPhone(typed)).toBe(number))
})
