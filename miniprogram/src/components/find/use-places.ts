/** Places by what was typed, as it is typed: the last thing typed counts, whatever the order of the answers. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api } from '@/api/client'
import { useFinding } from '@/stores/finding'
import type { FoundPlace } from './recent'

const SETTLE_MS = 180
const PLACES = 8

export type PlacesState = 'nothing_typed' | 'looking' | 'found' | 'none' | 'failed'

export function usePlaces() {
  const finding = useFinding()
  const typed = ref('')
  const places = shallowRef<FoundPlace[]>([])
  const state = ref<PlacesState>('nothing_typed')
  const failure = ref<unknown>(null)
  let number = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    number += 1
    const mine = number
    const q = typed.value.trim()
    const { lon, lat } = finding.where.from
    try {
      const found = await api.get('/api/v1/places', { query: { q, lon, lat, limit: PLACES } })
      if (mine !== number) return
      places.value = found.places
      state.value = found.places.length > 0 ? 'found' : 'none'
    } catch (error) {
      if (mine !== number) return
      failure.value = error
      state.value = 'failed'
    }
  }

  watch(typed, (text) => {
    clearTimeout(timer)
    number += 1
    if (text.trim() === '') {
      places.value = []
      state.value = 'nothing_typed'
      return
    }
    if (state.value !== 'found') state.value = 'looking'
    timer = setTimeout(() => void look(), SETTLE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    number += 1
  })
  return { typed, places, state, failure, look }
}
