/** What the history shows: tab, month and vehicle over what was read; and the table of it. */
import { computed, ref, type Ref, type ShallowRef } from 'vue'
import type { Invoice } from '@/components/invoice/progress'
import { said } from '@/components/invoice/said'
import type { OrderEntry } from '@/components/invoice/selection'
import { ms, monthText } from '@/lib/time'
import { language } from '@/locale'
import { onlyPaid, paymentLines, refundLines, type Payment } from './money'
import { monthOf, monthsUntil, only, platesOf, sumOf, sumsByMonth } from './months'
import { invoicesTable, ordersTable, paymentsTable, refundsTable, type Table } from './tables'

export const TABS = ['orders', 'payments', 'refunds', 'invoices'] as const
export type Tab = (typeof TABS)[number]

/** Months in the chart. */
export const CHART_MONTHS = 6

/** Invoices of a month (when issued, or asked for) and a vehicle (any of whose orders is on it). */
export function invoicesOf(invoices: readonly Invoice[], orders: readonly OrderEntry[], month: string | null, plate: string | null): Invoice[] {
  const ids = new Set(orders.filter((order) => order.plate === plate).map((order) => order.order_id))
  return invoices.filter((invoice) => {
    const inMonth = !month || monthText(ms(invoice.issued_at ?? invoice.requested_at)) === month
    return inMonth && (plate === null || invoice.order_ids.some((id) => ids.has(id)))
  })
}

/** Months that have orders, newest first, and the month of now. */
export function monthsOf(orders: readonly OrderEntry[], now: string): string[] {
  return [...new Set([now, ...orders.map(monthOf)])].filter(Boolean).sort().reverse()
}

interface Read {
  orders: ShallowRef<OrderEntry[] | undefined>
  invoices: ShallowRef<Invoice[] | undefined>
  paid: ShallowRef<Payment[] | undefined>
  /** City time of the newest answer. */
  now: Ref<string>
}

export function useView({ orders, invoices, paid, now }: Read) {
  const tab = ref<Tab>('orders')
  const month = ref<string | null>(null)
  const plate = ref<string | null>(null)

  const thisMonth = computed(() => (now.value ? monthText(ms(now.value)) : ''))
  const all = computed(() => orders.value ?? [])
  const shown = computed(() => only(all.value, month.value, plate.value))
  const sum = computed(() => sumOf(shown.value, month.value ?? ''))
  const chart = computed(() => (thisMonth.value ? sumsByMonth(only(all.value, null, plate.value), monthsUntil(thisMonth.value, CHART_MONTHS)) : []))
  const months = computed(() => monthsOf(all.value, thisMonth.value))
  const plates = computed(() => platesOf(all.value))
  const paidShown = computed(() => onlyPaid(paid.value ?? [], month.value, plate.value))
  const payments = computed(() => paymentLines(paidShown.value))
  const refunds = computed(() => refundLines(paidShown.value))
  const bills = computed(() => invoicesOf(invoices.value ?? [], all.value, month.value, plate.value))

  const table = computed<Table>(() => {
    if (tab.value === 'payments') return paymentsTable(payments.value, said)
    if (tab.value === 'refunds') return refundsTable(refunds.value, said)
    if (tab.value === 'invoices') return invoicesTable(bills.value, said)
    return ordersTable(shown.value, said, language.value)
  })

  return { tab, month, plate, thisMonth, all, shown, sum, chart, months, plates, payments, refunds, bills, table }
}
