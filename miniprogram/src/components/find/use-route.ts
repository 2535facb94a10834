/** The way to a bay from where the driver is, or from a start chosen by hand. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { api, ApiFailure } from '@/api/client'
import { language } from '@/locale'
import { useFinding } from '@/stores/finding'
import { findRoute, notOffered } from './ask'
import type { Guidance, RouteAnswer, Spot } from './contract'
import type { HandOver } from './map-apps'

export type RouteState = 'loading' | 'ready' | 'no_start' | 'failed' | 'not_offered'

export function useRoute() {
  const finding = useFinding()
  const state = ref<RouteState>('loading')
  const failure = ref<unknown>(null)
  const route = shallowRef<RouteAnswer | null>(null)
  const apps = shallowRef<HandOver[] | null>(null)
  let number = 0

  /** From where: the phone's place near the town, else a start chosen by hand. */
  const from = computed<Spot | null>(() => {
    if (finding.me && finding.where.far_m === null) return finding.me
    return finding.start ? { lon: finding.start.lon, lat: finding.start.lat } : null
  })

  async function plan(bay_code: string): Promise<void> {
    number += 1
    const mine = number
    if (!from.value) {
      state.value = 'no_start'
      return
    }
    if (!route.value) state.value = 'loading'
    try {
      const found = await findRoute(from.value, bay_code, finding.where.to, language.value)
      if (mine !== number) return
      route.value = found
      state.value = 'ready'
    } catch (error) {
      if (mine !== number) return
      failure.value = error
      route.value = null
      state.value = notOffered(error) ? 'not_offered' : 'failed'
    }
  }

  async function findApps(bay_code: string): Promise<void> {
    const found = await api.get('/api/v1/bays/{bay_code}/hand-over', { path: { bay_code } }).catch(() => null)
    apps.value = found ? found.apps.map((over) => ({ ...over, link: over.link ?? null })) : null
  }

  /** Guidance brought another way. */
  function follow({ bay, drive, walk, error, phase }: Guidance): void {
    if (phase === 'ended') return
    number += 1
    if (!drive) {
      if (error) failure.value = new ApiFailure(error.code, '', error.detail, 422)
      route.value = null
      state.value = 'failed'
      return
    }
    const total_s = drive.duration_s + (walk?.duration_s ?? 0)
    route.value = { bay_code: bay.bay_code, already_there: false, total_s, drive, walk }
    state.value = 'ready'
  }

  onScopeDispose(() => (number += 1))
  return { state, failure, route, apps, from, plan, findApps, follow }
}
