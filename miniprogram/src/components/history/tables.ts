/** What is exported: the list that is shown, as rows of texts. Times are the city's, amounts numbers, both as spreadsheets read them. */
import type { Invoice } from '@/components/invoice/progress'
import { stateKey } from '@/components/invoice/progress'
import type { OrderEntry } from '@/components/invoice/selection'
import { clockText, dateText, ms, type Language } from '@/lib/time'
import { csvMoney, csvNumber } from './csv'
import type { Line, Payment, Refund } from './money'
import type { MonthSum } from './months'

/** Says a text by its key. */
export type Say = (key: string) => string

export interface Table {
  head: string[]
  rows: string[][]
}

const head = (say: Say, ...columns: string[]) => columns.map((column) => say(`invoice.history.columns.${column}`))
const time = (at: string | null | undefined) => (at ? `${dateText(ms(at))} ${clockText(ms(at))}` : '')
const bays = (order: OrderEntry | null) => (order?.bay_codes ?? []).join(' ')

export function ordersTable(orders: readonly OrderEntry[], say: Say, language: Language): Table {
  const rows = orders.map((order) => [
    time(order.opened_at), time(order.left_at), order.plate ?? '', bays(order),
    say(`invoice.history.subject.${order.subject}`), language === 'zh' ? order.reason : order.reason_en,
    csvMoney(order.total_fen - order.waived_fen - order.written_off_fen), csvMoney(order.paid_fen),
    csvMoney(0 - order.refunded_fen - order.refunding_fen), csvMoney(order.invoiced_fen), order.payee, order.order_id,
  ])
  const columns = ['begin', 'end', 'plate', 'bay', 'subject', 'state', 'total', 'paid', 'refund', 'invoiced', 'payee', 'order']
  return { head: head(say, ...columns), rows }
}

export function paymentsTable(lines: readonly Line<Payment>[], say: Say): Table {
  const rows = lines.map(({ order, payee, at, of }) => [
    time(at), order?.plate ?? '', bays(order), csvMoney(of.amount_fen), csvMoney(0 - of.refunded_fen - of.refunding_fen),
    say(`invoice.history.channel.${of.channel}`), payee, order?.order_id ?? '',
  ])
  return { head: head(say, 'at', 'plate', 'bay', 'amount', 'refund', 'channel', 'payee', 'order'), rows }
}

/** Refunds are below 0: they come off what was paid. */
export function refundsTable(lines: readonly Line<Refund>[], say: Say): Table {
  const rows = lines.map(({ order, at, of }) => [
    time(at), order?.plate ?? '', bays(order), csvMoney(0 - of.amount_fen), say(`invoice.history.refund_way.${of.way}`),
    say(`invoice.history.refund_state.${of.state}`), order?.order_id ?? '',
  ])
  return { head: head(say, 'at', 'plate', 'bay', 'amount', 'way', 'state', 'order'), rows }
}

export function invoicesTable(invoices: readonly Invoice[], say: Say): Table {
  const rows = invoices.map((invoice) => [
    time(invoice.issued_at ?? invoice.requested_at), csvNumber(invoice.invoice_number ?? ''),
    `${say(`invoice.regime.${invoice.regime}`)}${invoice.colour === 'red' ? ` ${say('invoice.red')}` : ''}`,
    csvMoney(invoice.gross_fen), invoice.net_fen == null ? '' : csvMoney(invoice.net_fen),
    invoice.tax_fen == null ? '' : csvMoney(invoice.tax_fen), say(`invoice.states.${stateKey(invoice)}`),
  ])
  return { head: head(say, 'at', 'number', 'kind', 'amount', 'net', 'tax', 'state'), rows }
}

export function monthsTable(sums: readonly MonthSum[], say: Say): Table {
  const rows = sums.map((sum) => [
    sum.month, String(sum.orders), csvMoney(sum.paidFen), csvMoney(sum.refundFen), csvMoney(sum.spentFen),
  ])
  return { head: head(say, 'month', 'orders', 'paid', 'refund', 'spent'), rows }
}
