/** How far an invoice is, in steps that a person follows; the states are those of docs/INVOICES.md. */
import type { Schema } from '@/api/client'

export type Invoice = Schema['InvoiceView']

export type StepState = 'done' | 'now' | 'next' | 'failed'
export type Step = { name: string; state: StepState }

const BLUE = ['asked', 'accepted', 'issued', 'document'] as const
const RED = ['red_asked', 'confirmation', 'accepted', 'issued', 'document'] as const
const ENDED = ['rejected', 'void', 'withdrawn']

/** How many steps of the way are done. */
function done(invoice: Invoice): number {
  const way: string[] = [...wayOf(invoice)]
  const before = (name: string) => way.indexOf(name)
  switch (invoice.state) {
    case 'issued':
      return invoice.documents.length > 0 ? way.length : before('document')
    case 'unsigned':
      return before('document')
    case 'submitted':
      return before('issued')
    case 'applied':
      return before('confirmation')
    case 'confirmed':
      return before('accepted')
    case 'proposed':
      return 0
    default:
      return 1
  }
}

function wayOf(invoice: Invoice): readonly string[] {
  if (invoice.colour !== 'red') return BLUE
  return invoice.regime === 'vat' ? RED : RED.filter((name) => name !== 'confirmation')
}

/** The steps of an invoice, in order. */
export function steps(invoice: Invoice): Step[] {
  const reached = done(invoice)
  const failed = ENDED.includes(invoice.state) || invoice.state === 'unsigned'
  return wayOf(invoice).map((name, place) => ({ name, state: stateOf(place, reached, failed) }))
}

function stateOf(place: number, reached: number, failed: boolean): StepState {
  if (place < reached) return 'done'
  if (place > reached) return 'next'
  return failed ? 'failed' : 'now'
}

/** Whether it goes on by itself, so that it is worth looking again. */
export function underWay(invoice: Invoice): boolean {
  if (ENDED.includes(invoice.state) || invoice.state === 'unsigned') return false
  return invoice.state !== 'issued' || invoice.documents.length === 0
}

/** How soon to look again, in milliseconds: ever less often, and seldom while a person has to act. */
export function lookAgainMs(invoice: Invoice, looks: number): number {
  if (invoice.waits_for) return 30_000
  return Math.min(2_000 * 2 ** Math.min(looks, 4), 20_000)
}

/** What a person should know of the state, as a key of the words `invoice.states`. */
export function stateKey(invoice: Invoice): string {
  if (invoice.waits_for) return `waits_${invoice.waits_for}`
  if (invoice.state === 'issued' && invoice.documents.length === 0) return 'issued_no_document'
  return invoice.state
}
