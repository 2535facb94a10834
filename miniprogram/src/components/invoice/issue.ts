/** Asks for an invoice, once: trying the same again is the same command. */
import { ref } from 'vue'
import { api, newKey, type Schema } from '@/api/client'
import { titleBody, type TitleDraft } from './title'

/** What is wanted: orders, and a kept title or one typed just now. */
export interface Wanted {
  orderIds: readonly string[]
  titleId: string
  draft: TitleDraft
  email: string
}

export function requestBody({ orderIds, titleId, draft, email }: Wanted): Schema['InvoiceOrder'] {
  const address = email.trim()
  return {
    order_ids: [...orderIds].sort(),
    ...(titleId ? { title_id: titleId } : { title: titleBody(draft) }),
    ...(address ? { email: address } : {}),
  }
}

/** The same key for the same content, a new one for another. */
export function useKey(): (content: unknown) => string {
  let last = { content: '', key: '' }
  return (content) => {
    const text = JSON.stringify(content)
    if (text !== last.content) last = { content: text, key: newKey() }
    return last.key
  }
}

export function useIssue() {
  const busy = ref(false)
  const keyOf = useKey()

  /** The id of the invoice that was asked for; throws what the gateway refused. */
  async function issue(wanted: Wanted): Promise<string> {
    const body = requestBody(wanted)
    busy.value = true
    try {
      return (await api.post('/api/v1/invoices', { body, key: keyOf(body) })).invoice_id
    } finally {
      busy.value = false
    }
  }

  return { busy, issue }
}
