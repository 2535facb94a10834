/** The driver's invoices, page by page, newest first. */
import { ref, shallowRef } from 'vue'
import { api } from '@/api/client'
import type { Invoice } from './progress'

const PAGE = 50

export function useInvoices() {
  const invoices = shallowRef<Invoice[]>()
  const next = ref<string | null>(null)
  const loading = ref(false)
  const failure = shallowRef<unknown>()

  async function read(cursor: string | undefined): Promise<void> {
    if (loading.value) return
    loading.value = true
    failure.value = undefined
    try {
      const answer = await api.get('/api/v1/me/invoices', { query: { limit: PAGE, cursor } })
      const before = invoices.value ?? []
      const more = !cursor && before.length > PAGE
      // Looking again at the first page leaves the older ones that are shown.
      if (more) invoices.value = merged(answer.invoices, before)
      else invoices.value = cursor ? [...before, ...answer.invoices] : answer.invoices
      if (!more) next.value = answer.next ?? null
    } catch (error) {
      failure.value = error
    } finally {
      loading.value = false
    }
  }

  const readFirst = () => read(undefined)
  const readMore = () => (next.value ? read(next.value) : Promise.resolve())
  return { invoices, next, loading, failure, readFirst, readMore }
}

function merged(newest: readonly Invoice[], before: readonly Invoice[]): Invoice[] {
  const ids = new Set(newest.map((invoice) => invoice.invoice_id))
  return [...newest, ...before.filter((invoice) => !ids.has(invoice.invoice_id))]
}
