import { describe, expect, it } from 'vitest'
import { draftOf, isGood, isMailAddress, nameProblem, taxProblem, titleBody } from '@/components/invoice/title'

const company = { kind: 'company' as const, name: '白银某某商贸有限公司', taxId: '9112 0116 6714 9649 xu' }
const person = { kind: 'person' as const, name: ' 张三 ', taxId: '' }

describe('a title', () => {
  it('of a company goes with its number, tidied; of a person without', () => {
    expect(titleBody(company)).toEqual({ kind: 'company', name: '白银某某商贸有限公司', tax_id: '9112011667149649XU' })
    expect(titleBody({ ...person, taxId: '123' })).toEqual({ kind: 'person', name: '张三' })
    expect(isGood(company) && isGood(person)).toBe(true)
  })

  it.each([
    ['', 'name_missing'],
    ['   ', 'name_missing'],
    ['张\u0007三', 'name_signs'],
    ['张\u202e三', 'name_signs'],
    ['长'.repeat(201), 'name_long'],
    ['长'.repeat(200), null],
    // One sign of two code units counts once.
    ['𠮷'.repeat(200), null],
  ])('named %j: %s', (name, problem) => {
    expect(nameProblem({ ...person, name })).toBe(problem)
  })

  it('of a company is doubted by its number, of a person never', () => {
    expect(taxProblem({ ...company, taxId: '' })).toBe('bad_tax_id')
    expect(taxProblem({ ...company, taxId: '9112011667149649XT' })).toBe('tax_id_check_digit')
    expect(taxProblem({ ...person, taxId: '1' })).toBeNull()
  })

  it('that was kept comes back as it was typed', () => {
    const kept = { title_id: 't', kind: 'company', name: 'A', tax_id: '620400000000000', is_default: true, changed_at: '2026-11-03T00:00:00Z' }
    expect(draftOf(kept)).toEqual({ kind: 'company', name: 'A', taxId: '620400000000000' })
  })
})

it.each([
  ['lin@example.com', true],
  [' lin@example.com ', true],
  ['lin@mail.example.com', true],
  ['lin', false],
  ['lin@', false],
  ['lin@example', false],
  ['lin@example.', false],
  ['a b@example.com', false],
  ['a@b.com,c@d.com', false],
  ['林@example.com', false],
  ['', false],
])('%j is an address: %s', (typed, is) => {
  expect(isMailAddress(typed)).toBe(is)
})
