/** The ways of docs/INVOICES.md, "States". */
import { describe, expect, it } from 'vitest'
import { lookAgainMs, stateKey, steps, underWay, type Invoice } from '@/components/invoice/progress'

function invoice(changes: Partial<Invoice>): Invoice {
  return {
    invoice_id: 'i', state: 'requested', colour: 'blue', regime: 'vat', order_ids: ['o'], gross_fen: 300, net_fen: 283, tax_fen: 17,
    red_ids: [], documents: [], requested_at: '2026-11-03T02:10:00Z', ...changes,
  }
}

const shown = (changes: Partial<Invoice>) => steps(invoice(changes)).map(({ name, state }) => `${name} ${state}`)

describe('the steps of an invoice', () => {
  it.each([
    [{ state: 'requested' }, ['asked done', 'accepted now', 'issued next', 'document next']],
    [{ state: 'submitted' }, ['asked done', 'accepted done', 'issued now', 'document next']],
    [{ state: 'issued' }, ['asked done', 'accepted done', 'issued done', 'document now']],
    [{ state: 'issued', documents: ['pdf'] }, ['asked done', 'accepted done', 'issued done', 'document done']],
    [{ state: 'unsigned' }, ['asked done', 'accepted done', 'issued done', 'document failed']],
    [{ state: 'rejected' }, ['asked done', 'accepted failed', 'issued next', 'document next']],
  ])('%j', (changes, expected) => {
    expect(shown(changes)).toEqual(expected)
  })

  it('a red fapiao is confirmed before it is handed in, a red bill is not', () => {
    expect(shown({ colour: 'red', state: 'applied' })).toEqual([
      'red_asked done', 'confirmation now', 'accepted next', 'issued next', 'document next',
    ])
    expect(shown({ colour: 'red', state: 'confirmed' })[1]).toBe('confirmation done')
    expect(shown({ colour: 'red', regime: 'non_tax', state: 'submitted' })).toEqual([
      'red_asked done', 'accepted done', 'issued now', 'document next',
    ])
  })
})

describe('what to say, and when to look again', () => {
  it.each([
    [{ state: 'requested' }, true, 'requested'],
    [{ state: 'submitted', waits_for: 'login' }, true, 'waits_login'],
    [{ state: 'applied', colour: 'red', waits_for: 'buyer' }, true, 'waits_buyer'],
    [{ state: 'issued' }, true, 'issued_no_document'],
    [{ state: 'issued', documents: ['pdf'] }, false, 'issued'],
    [{ state: 'unsigned' }, false, 'unsigned'],
    [{ state: 'rejected' }, false, 'rejected'],
    [{ state: 'void' }, false, 'void'],
    [{ state: 'withdrawn', colour: 'red' }, false, 'withdrawn'],
  ])('%j', (changes, more, key) => {
    expect(underWay(invoice(changes))).toBe(more)
    expect(stateKey(invoice(changes))).toBe(key)
  })

  it('ever less often, and seldom while a person has to act', () => {
    const looks = [0, 1, 2, 3, 9].map((count) => lookAgainMs(invoice({ state: 'submitted' }), count))
    expect(looks).toEqual([2_000, 4_000, 8_000, 16_000, 20_000])
    expect(lookAgainMs(invoice({ state: 'submitted', waits_for: 'login' }), 0)).toBe(30_000)
  })
})
