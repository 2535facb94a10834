/** A title as a driver types it, and what is wrong with it before the gateway sees it. The gateway decides. */
import type { Schema } from '@/api/client'
import { doubtTaxNumber, tidyTaxNumber } from './tax-number'

export type TitleKind = 'person' | 'company'
export type KeptTitle = Schema['TitleView']

export interface TitleDraft {
  kind: TitleKind
  name: string
  taxId: string
}

export const EMPTY_TITLE: TitleDraft = { kind: 'person', name: '', taxId: '' }
/** What an address looks like, for people. */
export const MAIL_EXAMPLE = 'lin@example.com'

const NAME_LIMIT = 200
/** Control characters, those that separate lines or turn their direction, and the byte order mark. */
const UNSEEN = /[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]/

export type NameProblem = 'name_missing' | 'name_long' | 'name_signs'
export type TaxProblem = 'bad_tax_id' | 'tax_id_check_digit'

export function nameProblem({ name }: TitleDraft): NameProblem | null {
  const text = name.trim()
  if (text === '') return 'name_missing'
  if (UNSEEN.test(text)) return 'name_signs'
  return [...text].length > NAME_LIMIT ? 'name_long' : null
}

/** A company needs its number; a person has none on an invoice. */
export function taxProblem({ kind, taxId }: TitleDraft): TaxProblem | null {
  return kind === 'company' ? doubtTaxNumber(tidyTaxNumber(taxId)) : null
}

export function isGood(draft: TitleDraft): boolean {
  return nameProblem(draft) === null && taxProblem(draft) === null
}

/** As the gateway wants it. */
export function titleBody(draft: TitleDraft): Schema['InvoiceTitle'] {
  const name = draft.name.trim()
  return draft.kind === 'company' ? { kind: 'company', name, tax_id: tidyTaxNumber(draft.taxId) } : { kind: 'person', name }
}

/** A kept title, to be changed. */
export function draftOf(title: KeptTitle): TitleDraft {
  return { kind: title.kind === 'company' ? 'company' : 'person', name: title.name, taxId: title.tax_id ?? '' }
}

/** Whether a text can be an address at all: something, an @, a name with a dot; ASCII without blanks. */
export function isMailAddress(typed: string): boolean {
  const text = typed.trim()
  return text.length <= 254 && /^[\x21-\x7e]+$/.test(text) && /^[^\s@,;<>"]+@[^\s@,;<>".]+(\.[^\s@,;<>".]+)+$/.test(text)
}
