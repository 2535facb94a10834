/** The vectors of billing's own test: public invoices, and the example of GB 11643-1999. */
import { describe, expect, it } from 'vitest'
import { doubtTaxNumber, tidyTaxNumber } from '@/components/invoice/tax-number'

describe('a taxpayer number', () => {
  it.each([
    ['9112011667149649XU', null],
    ['91120118MA06R1D13A', null],
    ['11010519491231002X', null],
    ['11010519491231002X01', null],
    ['620400000000000', null],
    ['9112011667149649XT', 'tax_id_check_digit'],
    ['9112011667194649XU', 'tax_id_check_digit'],
    ['91620400MA00SAMPLE', 'tax_id_check_digit'],
    ['110105194912310021', 'tax_id_check_digit'],
    ['11010519491231003X01', 'tax_id_check_digit'],
    ['9112011667149649xu', 'bad_tax_id'],
    ['9112011667149649X', 'bad_tax_id'],
    ['9112011667149649XUU', 'bad_tax_id'],
    ['', 'bad_tax_id'],
    ['九一一二〇', 'bad_tax_id'],
  ])('%s: %s', (number, doubt) => {
    expect(doubtTaxNumber(number)).toBe(doubt)
  })

  it('is noticed with any single wrong character', () => {
    const right = '9112011667149649XU'
    let wrongOnes = 0
    for (let place = 0; place < right.length; place += 1) {
      for (const other of '0123456789ABCDEFGHJKLMNPQRTUWXY') {
        const typed = right.slice(0, place) + other + right.slice(place + 1)
        if (typed === right) continue
        // Without a letter before its last character it could be a card's number, of which some pass.
        if (!/[A-Z]/.test(typed.slice(0, 17))) continue
        wrongOnes += 1
        expect(doubtTaxNumber(typed), typed).toBe('tax_id_check_digit')
      }
    }
    // 17 places with 30 wrong characters each; in the place of the X only the 20 other letters leave one.
    expect(wrongOnes).toBe(17 * 30 + 20)
  })

  it('is read as people type it', () => {
    expect(tidyTaxNumber(' 9112 0116-6714 9649 xu ')).toBe('9112011667149649XU')
  })
})
