/** What a stay would cost: the quote, its picture, the tariff in words; a newer question takes the place of an older one. */
import { ref, shallowRef } from 'vue'
import { api, type Schema } from '@/api/client'
import { iso } from '@/lib/time'

export interface Asked {
  bayCode: string
  vehicleClass: string
  from: number
  to: number
}

export function useQuote() {
  const quote = shallowRef<Schema['Quote'] | null>(null)
  const picture = shallowRef<Schema['PictureView'] | null>(null)
  const words = shallowRef<Schema['TariffWords'] | null>(null)
  const asked = shallowRef<Asked | null>(null)
  const failure = ref<unknown>()
  const busy = ref(false)
  let newest = 0

  async function ask(question: Asked): Promise<void> {
    const number = (newest += 1)
    busy.value = true
    failure.value = undefined
    const query = { bay_code: question.bayCode, vehicle_class: question.vehicleClass, from: iso(question.from), to: iso(question.to) }
    try {
      const [priced, drawn] = await Promise.all([
        api.get('/api/v1/quote', { query }),
        api.get('/api/v1/quote/picture', { query }).catch(() => null),
      ])
      if (number !== newest) return
      quote.value = priced
      picture.value = drawn
      asked.value = question
    } catch (error) {
      if (number !== newest) return
      quote.value = picture.value = null
      failure.value = error
    } finally {
      if (number === newest) busy.value = false
    }
  }

  /** The words of a bay's tariff; none shown is better than an old street's. */
  async function tell(bayCode: string): Promise<void> {
    words.value = await api.get('/api/v1/bays/{bay_code}/tariff', { path: { bay_code: bayCode } }).catch(() => null)
  }

  return { quote, picture, words, asked, failure, busy, ask, tell }
}
