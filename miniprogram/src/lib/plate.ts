/**
 * Chinese number plates, by the same rules as the gateway (its crate `vocabulary`): read as people type them,
 * normalised, recognised by form. Letters I and O never stand in a serial.
 */

export type PlateForm =
  | 'ordinary' | 'new_energy_small' | 'new_energy_large' | 'trailer' | 'school' | 'police' | 'cross_border'
  | 'diplomatic' | 'military' | 'other'

export type PlateColour = 'blue' | 'yellow' | 'green' | 'yellow_green' | 'white' | 'black'

export type PlateReject = 'empty' | 'length' | 'character' | 'form'

export type PlateRead = { ok: true; text: string; form: PlateForm } | { ok: false; why: PlateReject }

/** In the order of the keyboard. */
export const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'
/** What may stand at the end of a plate. */
export const MARKS = '挂学警港澳使领'
/** Letters of a serial. */
export const SERIAL_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const NEW_ENERGY = 'DABCEFGHJK'
const OTHER_LIMIT = 16

const P = `[${PROVINCES}]`
const S = '[A-HJ-NP-Z0-9]'
const N = `[${NEW_ENERGY}]`

const FORMS: readonly (readonly [RegExp, PlateForm])[] = [
  [new RegExp(`^粤Z${S}{4}[港澳]$`), 'cross_border'],
  [new RegExp(`^${P}[A-Z]${S}{4}挂$`), 'trailer'],
  [new RegExp(`^${P}[A-Z]${S}{4}学$`), 'school'],
  [new RegExp(`^${P}[A-Z]${S}{4}警$`), 'police'],
  [new RegExp(`^${P}[A-Z]${S}{4}领$`), 'diplomatic'],
  [new RegExp(`^${P}[A-Z]${S}{5}$`), 'ordinary'],
  [new RegExp(`^${P}[A-Z]${N}${S}\\d{4}$`), 'new_energy_small'],
  [new RegExp(`^${P}[A-Z]\\d{5}${N}$`), 'new_energy_large'],
  [/^(\d{6}使|使\d{6})$/, 'diplomatic'],
  [new RegExp(`^WJ${P}${S}{5,6}$`), 'military'],
]

/** Capital letters, half width, without blanks, dots and hyphens. */
export function normalPlate(typed: string): string {
  return Array.from(typed.normalize('NFKC'))
    .filter((c) => !/[\s·•・.-]/u.test(c))
    .join('')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase())
}

/** A plate as typed; says what is wrong with one that has no Chinese form. */
export function parsePlate(typed: string): PlateRead {
  const text = normalPlate(typed)
  const chars = Array.from(text)
  if (chars.length === 0) return { ok: false, why: 'empty' }
  const longest = text.startsWith('WJ') ? 9 : 8
  if (chars.length < 7 || chars.length > longest) return { ok: false, why: 'length' }
  const form = FORMS.find(([pattern]) => pattern.test(text))?.[1]
  return form ? { ok: true, text, form } : { ok: false, why: complaint(chars) }
}

/** A plate as seen: one of no Chinese form (foreign, damaged) is `other`. */
export function readPlate(seen: string): PlateRead {
  const parsed = parsePlate(seen)
  if (parsed.ok) return parsed
  const text = normalPlate(seen)
  const length = Array.from(text).length
  if (length === 0) return { ok: false, why: 'empty' }
  if (length > OTHER_LIMIT) return { ok: false, why: 'length' }
  return /^[\p{L}\p{N}]+$/u.test(text) ? { ok: true, text, form: 'other' } : { ok: false, why: 'character' }
}

const COLOURS: Record<PlateForm, PlateColour> = {
  ordinary: 'blue', other: 'blue', new_energy_small: 'green', new_energy_large: 'yellow_green', trailer: 'yellow',
  school: 'yellow', police: 'white', military: 'white', cross_border: 'black', diplomatic: 'black',
}

/** The colour that plates of a form have, where the form alone decides it. */
export function colourOf(form: PlateForm): PlateColour {
  return COLOURS[form]
}

export type VehicleClass = 'small' | 'large' | 'new_energy_small' | 'new_energy_large' | 'motorcycle'

/** The tariff's class: the colour seen first, then the form. */
export function classOf(form: PlateForm, seen?: PlateColour): VehicleClass {
  const classes: Record<PlateColour, VehicleClass> = {
    blue: 'small', white: 'small', black: 'small', yellow: 'large', green: 'new_energy_small',
    yellow_green: 'new_energy_large',
  }
  return classes[seen ?? colourOf(form)]
}

/** `甘D·12345`: with the dot that is on the plate. */
export function shownPlate(text: string): string {
  const chars = Array.from(text)
  if (chars.length < 7 || !/^[\u4e00-\u9fff][A-Z]/.test(text)) return text
  return `${chars.slice(0, 2).join('')}·${chars.slice(2).join('')}`
}

/** `甘D·1***5`: enough for the owner to recognise it, not enough for anybody else. */
export function maskedPlate(text: string): string {
  const chars = Array.from(text)
  if (chars.length < 4) return '*'.repeat(chars.length)
  return `${chars[0]}${chars[1]}·${chars[2]}${'*'.repeat(chars.length - 4)}${chars[chars.length - 1]}`
}

function complaint(chars: readonly string[]): PlateReject {
  const known = (c: string) => /[A-Z0-9]/.test(c) || PROVINCES.includes(c) || MARKS.includes(c)
  const withIorO = chars.slice(2).some((c) => c === 'I' || c === 'O')
  return withIorO || !chars.every(known) ? 'character' : 'form'
}
