/**
 * What was filled in for an invoice before the driver had to sign in. It is kept on the phone for the way there and back
 * (the page may be gone by then), given once, and only to the account that filled it in.
 */
import { forget, readStored, store } from '@/lib/platform'
import type { TitleDraft } from './title'

const NAME = 'invoice.new.unsent'

export interface Unsent {
  /** Whose session ended. */
  accountId: string | undefined
  orderIds: string[]
  /** A kept title; empty for the one typed. */
  titleId: string
  draft: TitleDraft
  keep: boolean
  email: string
}

export function keepUnsent(unsent: Unsent): void {
  store(NAME, unsent)
}

/** Forgets it with giving it; nothing for another account. */
export function takeUnsent(accountId: string | undefined): Unsent | undefined {
  const unsent = readStored<Unsent>(NAME)
  forgetUnsent()
  return unsent && (unsent.accountId === undefined || unsent.accountId === accountId) ? unsent : undefined
}

export function forgetUnsent(): void {
  forget(NAME)
}
