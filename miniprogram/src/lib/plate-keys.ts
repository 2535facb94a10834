/** Which keys the plate keyboard offers at each place, and what a key does to what was typed. */
import { MARKS, PROVINCES, SERIAL_LETTERS, normalPlate, parsePlate } from './plate'

export type Board = 'provinces' | 'letters'

const DIGITS = '1234567890'
const LETTERS = 'QWERTYUPASDFGHJKLZXCVBNM'
/** Begin plates of the armed police and of embassies in the old form. */
const FIRST_OTHERS = ['WJ', '使']

/** Longest plate of a Chinese form that begins like this. */
export function placesFor(typed: string): number {
  return typed.startsWith('WJ') ? 9 : 8
}

/** What to show next: provinces where one may stand, letters and digits elsewhere. */
export function boardFor(typed: string): Board {
  return typed === '' || typed === 'WJ' ? 'provinces' : 'letters'
}

/** Rows of keys for a board, in reading order. */
export function rowsFor(board: Board): readonly (readonly string[])[] {
  if (board === 'provinces') {
    const provinces = Array.from(PROVINCES)
    return [provinces.slice(0, 9), provinces.slice(9, 18), provinces.slice(18, 27), [...provinces.slice(27), ...FIRST_OTHERS]]
  }
  return [Array.from(DIGITS), Array.from(LETTERS.slice(0, 8)), Array.from(LETTERS.slice(8, 17)), Array.from(LETTERS.slice(17)), Array.from(MARKS)]
}

/** Whether a plate can still go on with this key. */
export function canPress(typed: string, key: string): boolean {
  const chars = Array.from(typed)
  if (chars.length >= placesFor(typed)) return false
  // A mark ends a plate; at the eighth place only what makes it one of new energy.
  if (chars.length > 1 && MARKS.includes(chars[chars.length - 1] ?? '')) return false
  if (chars.length === 7 && !typed.startsWith('WJ')) return parsePlate(typed + key).ok
  if (key === 'WJ') return typed === ''
  if (PROVINCES.includes(key)) return typed === '' || typed === 'WJ'
  if (key === '使') return typed === '' || /^\d{6}$/.test(typed)
  if (MARKS.includes(key)) return canMark(typed, key)
  if (DIGITS.includes(key)) return canDigit(typed)
  return canLetter(typed, key)
}

/** 港 and 澳 after 粤Z and four; 挂, 学, 警 and 领 after a province, a letter and four. */
function canMark(typed: string, mark: string): boolean {
  const before = mark === '港' || mark === '澳' ? /^粤Z[A-HJ-NP-Z0-9]{4}$/ : new RegExp(`^[${PROVINCES}][A-Z][A-HJ-NP-Z0-9]{4}$`)
  return before.test(typed)
}

function canDigit(typed: string): boolean {
  // 123456使 and 使123456 are embassies'.
  if (/^\d{0,5}$/.test(typed) || /^使\d{0,5}$/.test(typed)) return true
  return new RegExp(`^([${PROVINCES}][A-Z]|WJ[${PROVINCES}])`).test(typed)
}

/** Any letter after the province, none of I and O in the serial. */
function canLetter(typed: string, key: string): boolean {
  if (new RegExp(`^[${PROVINCES}]$`).test(typed)) return /^[A-Z]$/.test(key)
  return SERIAL_LETTERS.includes(key) && new RegExp(`^([${PROVINCES}][A-Z]|WJ[${PROVINCES}])`).test(typed)
}

/** What stands there after a key. */
export function press(typed: string, key: string): string {
  return canPress(typed, key) ? typed + key : typed
}

/** What stands there after the delete key; WJ goes at once. */
export function erase(typed: string): string {
  return typed === 'WJ' ? '' : Array.from(typed).slice(0, -1).join('')
}

/** Takes pasted or typed text as far as the keys allow; the whole of it if it is a plate. */
export function pasted(text: string): string {
  const normal = normalPlate(text)
  if (parsePlate(normal).ok) return normal
  const keys = normal.startsWith('WJ') ? ['WJ', ...Array.from(normal.slice(2))] : Array.from(normal)
  return keys.reduce((typed, key) => press(typed, key), '')
}
