/** What is due at a bay, for whoever stands there: bay, minutes, amount, and nothing else. Asked again while looked at. */
import { onUnmounted, ref, shallowRef } from 'vue'
import { api, ApiFailure, codeOf, type Schema } from '@/api/client'
import { citySpeed } from '@/lib/clock'
import { ms } from '@/lib/time'
import { doOnce } from './once-here'

/** The gateway takes a look every two seconds of one address. */
const SLOWEST_MS = 15_000
const FASTEST_MS = 4_000
/** Said by the gateway in words only. */
const TOO_OFTEN_S = 10

export function useBayDue(bayCode: () => string) {
  const due = shallowRef<Schema['BayDueView'] | null>(null)
  /** `none`: no car is seen there. */
  const state = ref<'idle' | 'loading' | 'ready' | 'none' | 'often' | 'failed'>('idle')
  const failure = ref<unknown>()
  const asOf = ref(0)
  const waitS = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined
  let gone = false

  async function look(): Promise<void> {
    clearTimeout(timer)
    const bay_code = bayCode()
    if (!bay_code) return
    if (due.value?.bay_code !== bay_code) due.value = null
    if (!due.value) state.value = 'loading'
    try {
      const found = await api.get('/api/v1/bays/{bay_code}/pay', { path: { bay_code } })
      due.value = found
      asOf.value = ms(found.now)
      state.value = 'ready'
    } catch (error) {
      failure.value = error
      state.value = stateOf(error)
      if (state.value !== 'often') due.value = state.value === 'none' ? null : due.value
      waitS.value = state.value === 'often' ? secondsIn(error) : 0
    }
    again()
  }

  function stateOf(error: unknown): 'none' | 'often' | 'failed' | 'ready' {
    const code = codeOf(error)
    if (code === 'bay_not_occupied') return 'none'
    if (code === 'too_many_requests') return 'often'
    // What was shown a moment ago is shown still, with its time.
    return due.value && code === 'offline' ? 'ready' : 'failed'
  }

  function secondsIn(error: unknown): number {
    const found = error instanceof ApiFailure ? /(\d+) s/.exec(error.detail) : null
    return found ? Number(found[1]) : TOO_OFTEN_S
  }

  function again(): void {
    if (gone || state.value === 'failed') return
    const pace = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, 60_000 / citySpeed()))
    timer = setTimeout(() => void look(), Math.max(pace, waitS.value * 1000))
  }

  function stop(): void {
    clearTimeout(timer)
  }

  /** Names the vehicle that stands there, so that it can be paid for. */
  async function enterPlate(plate: string, other: boolean): Promise<void> {
    const bay_code = bayCode()
    const body = { plate, ...(other ? { plate_form: 'other' } : {}) }
    await doOnce(`plate.${bay_code}`, body, (key) => api.post('/api/v1/bays/{bay_code}/plate', { path: { bay_code }, body, key }))
    await look()
  }

  onUnmounted(() => {
    gone = true
    stop()
  })

  return { due, state, failure, asOf, waitS, look, stop, enterPlate }
}
