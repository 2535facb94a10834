/** Words for codes of the API in the texts of invoices; the code itself where there are none. */
import { language, t, tMaybe } from '@/locale'
import { cityNow } from '@/lib/clock'
import { clockText, dayStartMs, momentText, ms } from '@/lib/time'
import { stateKey, type Invoice } from './progress'

export function said(key: string): string {
  return tMaybe(key) ?? (key.split('.').pop() ?? key)
}

/** An instant as people say it: `今天 08:05`. */
export function moment(at: string): string {
  return momentText(ms(at), cityNow(), language.value)
}

/** From one instant to another; the day is said once when it is the same. */
export function span(from: string, to: string): string {
  const sameDay = dayStartMs(ms(from)) === dayStartMs(ms(to))
  return `${moment(from)} – ${sameDay ? clockText(ms(to)) : moment(to)}`
}

/** Between words that may hold a dot themselves (a plate does). */
export function comma(): string {
  return language.value === 'zh' ? '，' : ', '
}

/** What an invoice is: `数电发票`, `红字数电发票`. */
export function kindWord(invoice: Invoice): string {
  const regime = said(`invoice.regime.${invoice.regime}`)
  if (invoice.colour !== 'red') return regime
  return language.value === 'zh' ? `${t('invoice.red')}${regime}` : `${t('invoice.red')} ${regime.toLowerCase()}`
}

export function stateWord(invoice: Invoice): string {
  return said(`invoice.states.${stateKey(invoice)}`)
}

/** What the state means for the driver. */
export function stateMeans(invoice: Invoice): string {
  const key = stateKey(invoice)
  const red = invoice.colour === 'red' ? tMaybe(`invoice.means.red_${key}`) : undefined
  return red ?? said(`invoice.means.${key}`)
}
