import { describe, expect, it } from 'vitest'
import { requestBody, useKey } from '@/components/invoice/issue'

const draft = { kind: 'company' as const, name: ' 某某公司 ', taxId: '620400000000000' }

describe('what is asked for', () => {
  it('a kept title by its id, a typed one in full, an address only if there is one', () => {
    expect(requestBody({ orderIds: ['b', 'a'], titleId: 't', draft, email: ' ' })).toEqual({ order_ids: ['a', 'b'], title_id: 't' })
    expect(requestBody({ orderIds: ['a'], titleId: '', draft, email: ' lin@example.com ' })).toEqual({
      order_ids: ['a'],
      title: { kind: 'company', name: '某某公司', tax_id: '620400000000000' },
      email: 'lin@example.com',
    })
  })
})

it('the same content is the same command, another content another one', () => {
  const keyOf = useKey()
  const ticked = (...orderIds: string[]) => keyOf(requestBody({ orderIds, titleId: 't', draft, email: '' }))
  const first = ticked('a', 'b')
  expect(ticked('b', 'a')).toBe(first)
  const other = ticked('a')
  expect(other).not.toBe(first)
  expect(first).toMatch(/^[\x21-\x7e]{1,64}$/)
})
