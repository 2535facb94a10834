/** The titles that the driver keeps: read, kept, changed, dropped. */
import { ref, shallowRef } from 'vue'
import { api, newKey, type Schema } from '@/api/client'
import { titleBody, type KeptTitle, type TitleDraft } from './title'

/** A title to be kept, with what belongs to it. */
export interface Keep {
  draft: TitleDraft
  email: string
  isDefault: boolean
}

function bodyOf({ draft, email, isDefault }: Keep): Schema['TitleRequest'] {
  const address = email.trim()
  return { ...titleBody(draft), ...(address ? { email: address } : {}), is_default: isDefault, consent: true }
}

export function useTitles() {
  const titles = shallowRef<KeptTitle[]>()
  const failure = shallowRef<unknown>()
  const busy = ref(false)

  async function read(): Promise<void> {
    failure.value = undefined
    try {
      titles.value = (await api.get('/api/v1/me/titles')).titles
    } catch (error) {
      failure.value = error
    }
  }

  /** Runs a change and reads the list anew; throws what the gateway refused. */
  async function change(work: () => Promise<unknown>): Promise<void> {
    busy.value = true
    try {
      await work()
      await read()
    } finally {
      busy.value = false
    }
  }

  const keep = (title: Keep, key = newKey()) => change(() => api.post('/api/v1/me/titles', { body: bodyOf(title), key }))
  const alter = (id: string, title: Keep) =>
    change(() => api.put('/api/v1/me/titles/{title_id}', { path: { title_id: id }, body: bodyOf(title) }))
  const drop = (id: string) => change(() => api.del('/api/v1/me/titles/{title_id}', { path: { title_id: id } }))

  return { titles, failure, busy, read, keep, alter, drop }
}
