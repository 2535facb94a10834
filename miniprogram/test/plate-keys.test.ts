/** The plate keyboard: every plate can be typed, and no key leads nowhere. */
import { describe, expect, it } from 'vitest'
import { boardFor, canPress, erase, pasted, press, rowsFor } from '@/lib/plate-keys'
import { PROVINCES, parsePlate } from '@/lib/plate'

const type = (keys: readonly string[]) => keys.reduce((typed, key) => press(typed, key), '')

describe('typing', () => {
  it.each([
    ['甘D12345', ['甘', 'D', '1', '2', '3', '4', '5']],
    ['甘DD12345', ['甘', 'D', 'D', '1', '2', '3', '4', '5']],
    ['甘D12345F', ['甘', 'D', '1', '2', '3', '4', '5', 'F']],
    ['甘D1234挂', ['甘', 'D', '1', '2', '3', '4', '挂']],
    ['甘D1234学', ['甘', 'D', '1', '2', '3', '4', '学']],
    ['甘D1234警', ['甘', 'D', '1', '2', '3', '4', '警']],
    ['沪A1234领', ['沪', 'A', '1', '2', '3', '4', '领']],
    ['粤Z1234港', ['粤', 'Z', '1', '2', '3', '4', '港']],
    ['粤ZAB12澳', ['粤', 'Z', 'A', 'B', '1', '2', '澳']],
    ['使123456', ['使', '1', '2', '3', '4', '5', '6']],
    ['WJ甘12345', ['WJ', '甘', '1', '2', '3', '4', '5']],
    ['WJ甘123456', ['WJ', '甘', '1', '2', '3', '4', '5', '6']],
  ])('%s key by key', (plate, keys) => {
    expect(type(keys)).toBe(plate)
    expect(parsePlate(type(keys)).ok).toBe(true)
  })

  it('begins with a province, then a letter, and ends where a plate ends', () => {
    expect(canPress('', 'A')).toBe(false)
    expect(canPress('甘', '1')).toBe(false)
    expect(canPress('甘', '甘')).toBe(false)
    expect(canPress('甘D', '1')).toBe(true)
    expect(canPress('甘D123', '挂')).toBe(false)
    expect(canPress('甘D1234', '港')).toBe(false)
    expect(canPress('粤Z1234', '港')).toBe(true)
    expect(canPress('甘D12345F', '1')).toBe(false)
    expect(canPress('甘D1234挂', '1')).toBe(false)
  })

  it('deletes one place, and WJ at once', () => {
    expect(erase('甘D12345')).toBe('甘D1234')
    expect(erase('WJ')).toBe('')
    expect(erase('WJ甘')).toBe('WJ')
    expect(erase('')).toBe('')
  })
})

describe('the keys', () => {
  it('offer every province once, at the first place and after WJ', () => {
    const keys = rowsFor('provinces').flat()
    for (const province of PROVINCES) expect(keys.filter((key) => key === province)).toHaveLength(1)
    expect([boardFor(''), boardFor('WJ'), boardFor('甘')]).toEqual(['provinces', 'provinces', 'letters'])
  })

  it('offer all letters but I and O', () => {
    const letters = rowsFor('letters').flat().filter((key) => /^[A-Z]$/.test(key))
    expect(new Set(letters).size).toBe(24)
    expect(letters).not.toContain('I')
    expect(letters).not.toContain('O')
  })
})

describe('pasted text', () => {
  it('becomes the plate that it holds, or as much as a plate can have', () => {
    expect(pasted('甘d·12345')).toBe('甘D12345')
    expect(pasted('123456使')).toBe('123456使')
    expect(pasted('WJ甘12345')).toBe('WJ甘12345')
    expect(pasted('甘DI2345')).toBe('甘D2345')
    expect(pasted('hello')).toBe('')
  })
})
