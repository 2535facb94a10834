/** The bottom sheet: three heights, and where it comes to rest. */
import { describe, expect, it } from 'vitest'
import { nextHeight, restAt, sheetHeights } from '@/components/find/sheet'

describe('heights', () => {
  it.each([
    // 640 px of room: half is 52 % of it (332.8), full leaves the 64 px of the field.
    [640, 1, { low: 148, half: 333, full: 576 }],
    // Larger letters need a taller low sheet: 148 × 1.3 = 192.4; and a taller field: 64 × 1.3 = 83.2.
    [640, 1.3, { low: 192, half: 333, full: 557 }],
    // A phone held sideways: half would be less than low.
    [220, 1, { low: 148, half: 148, full: 156 }],
    [100, 1, { low: 100, half: 100, full: 100 }],
    [0, 1, { low: 0, half: 0, full: 0 }],
  ])('of %d px of room at letters of %d', (room_px, scale, expected) => {
    expect(sheetHeights({ room_px, scale })).toEqual(expected)
  })
})

describe('where it comes to rest', () => {
  const heights = { low: 148, half: 333, full: 584 }
  it.each([
    ['slowly, nearest below', 200, 0, 'low'],
    ['slowly, nearest above', 260, 0, 'half'],
    ['half way between half and full: the lower one', 458, 0, 'half'],
    ['flicked up from low', 150, 0.6, 'half'],
    ['flicked up from between half and full', 400, 0.6, 'full'],
    ['flicked up at the top', 600, 2, 'full'],
    ['flicked down from full', 560, -0.6, 'half'],
    ['flicked down below low', 100, -2, 'low'],
    ['pushed up, too slowly for a flick', 160, 0.44, 'low'],
  ] as const)('%s', (_name, height_px, speed, expected) => {
    expect(restAt(height_px, speed, heights)).toBe(expected)
  })
})

it('a tap goes round, the keys stop at both ends', () => {
  expect((['low', 'half', 'full'] as const).map((height) => nextHeight(height, 'round'))).toEqual(['half', 'full', 'low'])
  expect((['low', 'half', 'full'] as const).map((height) => nextHeight(height, 'up'))).toEqual(['half', 'full', 'full'])
  expect((['low', 'half', 'full'] as const).map((height) => nextHeight(height, 'down'))).toEqual(['low', 'low', 'half'])
})
