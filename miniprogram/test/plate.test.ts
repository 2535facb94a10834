/** Plates, by the table of the gateway's own tests (vocabulary/src/plate/tests.rs). */
import { describe, expect, it } from 'vitest'
import { classOf, maskedPlate, parsePlate, readPlate, shownPlate } from '@/lib/plate'

describe('every form of plate', () => {
  it.each([
    ['甘D·12345', '甘D12345', 'ordinary', 'small'],
    [' 甘d a1b2c ', '甘DA1B2C', 'ordinary', 'small'],
    ['甘Ｄ１２３４５', '甘D12345', 'ordinary', 'small'],
    ['甘DD12345', '甘DD12345', 'new_energy_small', 'new_energy_small'],
    ['甘DDA1234', '甘DDA1234', 'new_energy_small', 'new_energy_small'],
    ['甘DK12345', '甘DK12345', 'new_energy_small', 'new_energy_small'],
    ['甘D12345F', '甘D12345F', 'new_energy_large', 'new_energy_large'],
    ['甘D54321K', '甘D54321K', 'new_energy_large', 'new_energy_large'],
    ['甘D1234挂', '甘D1234挂', 'trailer', 'large'],
    ['甘D1234学', '甘D1234学', 'school', 'large'],
    ['甘D1234警', '甘D1234警', 'police', 'small'],
    ['粤Z1234港', '粤Z1234港', 'cross_border', 'small'],
    ['粤ZAB12澳', '粤ZAB12澳', 'cross_border', 'small'],
    ['123456使', '123456使', 'diplomatic', 'small'],
    ['使123456', '使123456', 'diplomatic', 'small'],
    ['沪A1234领', '沪A1234领', 'diplomatic', 'small'],
    ['WJ甘12345', 'WJ甘12345', 'military', 'small'],
    ['WJ甘1234X', 'WJ甘1234X', 'military', 'small'],
    ['WJ甘123456', 'WJ甘123456', 'military', 'small'],
  ] as const)('%s', (typed, text, form, cls) => {
    expect(parsePlate(typed)).toEqual({ ok: true, text, form })
    expect(classOf(form)).toBe(cls)
  })
})

describe('what is no plate', () => {
  it.each([
    ['', 'empty'],
    [' · ', 'empty'],
    ['甘D1234', 'length'],
    ['甘D1234567', 'length'],
    ['甘DI2345', 'character'],
    ['甘D1234O', 'character'],
    ['猫D12345', 'character'],
    ['甘D1234?', 'character'],
    ['1234567', 'form'],
    ['甘DL12345', 'form'],
    ['甘1A2345', 'form'],
    ['VA12345', 'form'],
    ['WJ12345', 'form'],
    ['甘X1234应急', 'character'],
  ])('%s is refused: %s', (typed, why) => expect(parsePlate(typed)).toEqual({ ok: false, why }))
})

describe('a plate of no Chinese form', () => {
  it.each([
    ['M AB 12345', { ok: true, text: 'MAB12345', form: 'other' }],
    ['А123ВС77', { ok: true, text: 'А123ВС77', form: 'other' }],
    ['甘D12', { ok: true, text: '甘D12', form: 'other' }],
    ['甘D·12345', { ok: true, text: '甘D12345', form: 'ordinary' }],
    [' - ', { ok: false, why: 'empty' }],
    ['12345678901234567', { ok: false, why: 'length' }],
    ['甘D<12>', { ok: false, why: 'character' }],
  ])('%s is taken as seen', (seen, read) => expect(readPlate(seen)).toEqual(read))
})

describe('on a screen', () => {
  it('has the dot, and hides its middle from strangers', () => {
    expect(shownPlate('甘D12345')).toBe('甘D·12345')
    expect(shownPlate('使123456')).toBe('使123456')
    expect(shownPlate('MAB12345')).toBe('MAB12345')
    expect(maskedPlate('甘D12345')).toBe('甘D·1***5')
    expect(maskedPlate('AB1')).toBe('***')
  })
  it('has the class of the colour that was seen', () => expect(classOf('ordinary', 'yellow')).toBe('large'))
})
