/**
 * Is a taxpayer number likely to be right? The same rules as billing's `tax_number`, so that a slip of the pen is seen while
 * typing; the gateway decides. GB 32100-2015 (18 characters, modulo 31), GB 11643-1999 (an identity card's, modulo 11,
 * alone or with two more digits); 15 characters have no check digit.
 */

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const UNIFIED_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const CARD_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CARD_CHECK = '10X98765432'

/** The gateway's codes for the same doubts. */
export type TaxNumberDoubt = 'bad_tax_id' | 'tax_id_check_digit'

/** As the gateway reads it: without blanks, in capitals. */
export function tidyTaxNumber(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase()
}

/** What speaks against a number; null if nothing does. */
export function doubtTaxNumber(number: string): TaxNumberDoubt | null {
  if (!/^[0-9A-Z]*$/.test(number) || ![15, 18, 20].includes(number.length)) return 'bad_tax_id'
  if (number.length === 15) return null
  const card = cardIsRight(number.slice(0, 18))
  const right = number.length === 18 ? card || unifiedIsRight(number) : card
  return right ? null : 'tax_id_check_digit'
}

/** The sum of values and weights; null if a character has no value. */
function weighed(body: string, weights: readonly number[], value: (character: string) => number): number | null {
  let sum = 0
  for (const [place, weight] of weights.entries()) {
    const of = value(body.charAt(place))
    if (of < 0) return null
    sum += of * weight
  }
  return sum
}

function unifiedIsRight(number: string): boolean {
  const sum = weighed(number, UNIFIED_WEIGHTS, (character) => ALPHABET.indexOf(character))
  const check = ALPHABET.indexOf(number.charAt(17))
  return sum !== null && check >= 0 && (sum + check) % 31 === 0
}

function cardIsRight(number: string): boolean {
  const sum = weighed(number, CARD_WEIGHTS, (character) => '0123456789'.indexOf(character))
  return sum !== null && CARD_CHECK.charAt(sum % 11) === number.charAt(17)
}
