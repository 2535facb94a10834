/** One bay: its state as it changes, what a stay would cost, what is to be expected of its block. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, type Schema } from '@/api/client'
import { cityNow } from '@/lib/clock'
import { iso } from '@/lib/time'
import { useFinding } from '@/stores/finding'
import { useLive } from '@/stores/live'
import { areaAround } from '../bay-map/area'

/** How far ahead the forecast on the page looks. */
export const AHEAD_MIN = 15
/** Around the bay as much is watched as a driver sees from the kerb. */
const AROUND_M = 150

/** A quote, and what it is for: the stay that is chosen may be another one already. */
export interface Quoted {
  quote: Schema['Quote']
  stay_min: number
  from: string
  to: string
}

type Load<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; error: unknown }

export function useBay() {
  const finding = useFinding()
  const live = useLive()
  const code = ref('')
  const bay = shallowRef<Load<Schema['OneBay']>>({ state: 'loading' })
  const quoted = shallowRef<Load<Quoted>>({ state: 'loading' })
  const forecast = shallowRef<Load<Schema['BlockForecast']>>({ state: 'loading' })
  const stay_min = ref(finding.filters.stay_min)
  let number = 0

  async function load(bay_code: string): Promise<void> {
    code.value = bay_code
    bay.value = { state: 'loading' }
    try {
      const found = await api.get('/api/v1/bays/{bay_code}', { path: { bay_code } })
      bay.value = { state: 'ready', value: found }
      live.watch('bay', areaAround(found, AROUND_M))
      await Promise.all([price(), ahead(found.block)])
    } catch (error) {
      bay.value = { state: 'failed', error }
    }
  }

  /** What the chosen stay would cost if it began now. */
  async function price(): Promise<void> {
    number += 1
    const mine = number
    const now_ms = cityNow()
    const minutes = stay_min.value
    const asked = { from: iso(now_ms), to: iso(now_ms + minutes * 60_000) }
    try {
      const query = { bay_code: code.value, vehicle_class: finding.filters.vehicle_class, ...asked }
      const quote = await api.get('/api/v1/quote', { query })
      if (mine === number) quoted.value = { state: 'ready', value: { quote, stay_min: minutes, ...asked } }
    } catch (error) {
      if (mine === number) quoted.value = { state: 'failed', error }
    }
  }

  async function ahead(block: string): Promise<void> {
    try {
      forecast.value = { state: 'ready', value: await api.get('/api/v1/forecast', { query: { block, minutes: AHEAD_MIN } }) }
    } catch (error) {
      forecast.value = { state: 'failed', error }
    }
  }

  /** The newer of the answer and the stream. */
  const now = computed(() => {
    void live.revision
    if (bay.value.state !== 'ready') return null
    const { value } = bay.value
    const seen = live.book.bay(value.bay_code)
    return seen && seen.version > value.version ? { ...value, ...seen } : value
  })

  watch(stay_min, () => void price())
  onScopeDispose(() => {
    number += 1
    live.release('bay')
  })
  return { code, bay, now, quoted, forecast, stay_min, load, price }
}
