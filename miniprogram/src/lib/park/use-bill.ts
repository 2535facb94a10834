/** One order for its driver: the order, what it rests on, and what else belongs to it; asked again until it is final. */
import { computed, onUnmounted, ref, shallowRef } from 'vue'
import { api, type Schema } from '@/api/client'
import { citySpeed } from '@/lib/clock'
import { iso, ms } from '@/lib/time'
import { classOf, readPlate } from '@/lib/plate'
import { standingOf } from './standing'

const SLOW_MS = 10_000
const FAST_MS = 1_500

export function useBill(orderId: () => string) {
  const order = shallowRef<Schema['OrderView'] | null>(null)
  const evidence = shallowRef<Schema['OrderEvidence'] | null>(null)
  /** What it costs so far, while there is no bill. */
  const soFar = shallowRef<Schema['Quote'] | null>(null)
  const picture = shallowRef<Schema['PictureView'] | null>(null)
  const failure = ref<unknown>()
  const asOf = ref(0)
  const standing = computed(() => (order.value ? standingOf(order.value) : 'leaving'))
  /** The caller's own claim behind it: there the bay can be set right. */
  const claimId = computed(() => evidence.value?.said.find((said) => said.claim_id)?.claim_id ?? null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let gone = false

  async function load(): Promise<void> {
    clearTimeout(timer)
    const path = { order_id: orderId() }
    try {
      const [found, why] = await Promise.all([
        api.get('/api/v1/orders/{order_id}', { path }),
        api.get('/api/v1/orders/{order_id}/evidence', { path }).catch(() => null),
      ])
      order.value = found
      evidence.value = why ?? evidence.value
      asOf.value = ms(found.now)
      failure.value = undefined
      if (found.bill) picture.value = why?.picture ?? picture.value
      else await askSoFar(found)
    } catch (error) {
      failure.value = error
    }
    again()
  }

  /** The quote of the stay until now, line by line, and its picture. */
  async function askSoFar(found: Schema['OrderView']): Promise<void> {
    const stay = found.stays.find((one) => one.state === 'present')
    if (!stay?.bay_code || standingOf(found) !== 'parked') return
    const read = found.plate ? readPlate(found.plate) : null
    const vehicle_class = read?.ok ? classOf(read.form) : undefined
    const query = { bay_code: stay.bay_code, vehicle_class, from: stay.arrived_at, to: iso(Math.max(asOf.value, ms(stay.arrived_at))) }
    const [quote, drawn] = await Promise.all([
      api.get('/api/v1/quote', { query }).catch(() => null),
      api.get('/api/v1/quote/picture', { query }).catch(() => null),
    ])
    soFar.value = quote
    picture.value = drawn
  }

  function again(): void {
    if (gone || (standing.value !== 'parked' && standing.value !== 'leaving')) return
    const pace = standing.value === 'leaving' ? FAST_MS : Math.max(FAST_MS, SLOW_MS / citySpeed())
    timer = setTimeout(() => void load(), pace)
  }

  function stop(): void {
    clearTimeout(timer)
  }

  onUnmounted(() => {
    gone = true
    stop()
  })

  return { order, evidence, soFar, picture, failure, asOf, standing, claimId, load, stop }
}
