/** Phone and account merged over what both had the last time. */
import { describe, expect, it } from 'vitest'
import { changesSince, isNothing, settled, withoutThose, type Common, type Vehicle } from '@/lib/vehicles-merge'

const v = (plate: string, more: Partial<Vehicle> = {}): Vehicle => ({ plate, form: 'ordinary', ...more })
const [A, B, C] = [v('甘D00001'), v('甘D00002'), v('甘D00003')]
const plates = (vehicles: readonly Vehicle[]) => vehicles.map(({ plate }) => plate)
/** The account had A (the usual one) and B. */
const AB: Common = { accountId: 'lin', ids: { [A.plate]: 'a', [B.plate]: 'b' }, usual: A.plate }

describe('what the account is told', () => {
  it('nothing when nothing changed here', () => {
    expect(isNothing(changesSince(AB, [A, B]))).toBe(true)
  })
  it('what was added, what was taken away, which is the usual one', () => {
    expect(changesSince(AB, [A, B, C])).toEqual({ save: [C], drop: [] })
    expect(changesSince(AB, [A])).toEqual({ save: [], drop: ['b'] })
    expect(changesSince(AB, [B, A])).toEqual({ save: [], drop: [], usual: B })
    // A new one that is the usual one is saved first; that it is the usual one is told the next time.
    expect(changesSince(AB, [C, A, B])).toEqual({ save: [C], drop: [] })
  })
  it('nothing of what belongs to the account before', () => {
    expect(withoutThose([A, C], AB)).toEqual([C])
  })
})

describe('what the phone has afterwards', () => {
  it('the list of the account, with its names and its order', () => {
    expect(settled([v(B.plate, { name: '家里的车' }), A], [A, B], [A, B], AB)).toEqual([v(B.plate, { name: '家里的车' }), A])
  })
  it('nothing that another device took away, and what it added', () => {
    expect(plates(settled([A, C], [A, B], [A, B], AB))).toEqual([A.plate, C.plate])
  })
  it('what the account did not take stays here', () => {
    expect(plates(settled([A, B], [A, B, C], [A, B, C], AB))).toEqual([A.plate, B.plate, C.plate])
  })
  it('what was done here while the account was asked', () => {
    // C was added, B taken away.
    expect(plates(settled([A, B], [A, B], [A, C], AB))).toEqual([A.plate, C.plate])
    // B was made the usual one.
    expect(plates(settled([A, B], [A, B], [B, A], AB))).toEqual([B.plate, A.plate])
  })
})
