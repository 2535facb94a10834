/**
 * Claims that wait for the sensor, expired or are disputed: their ids are kept on the phone that made them, what became of
 * them is asked for. A claim that is bound is a visit and leaves this list.
 */
import { onUnmounted, ref, shallowRef } from 'vue'
import { api, codeOf, type Schema } from '@/api/client'
import { citySpeed } from '@/lib/clock'
import { readStored, store } from '@/lib/platform'
import { useParking } from '@/stores/parking'
import { useQueue, type ClaimAnswer } from '@/stores/queue'
import { useSession } from '@/stores/session'

const NAME = 'park.claims'
/** Claims that are followed at once. */
const LIMIT = 10

export type ClaimView = Schema['ClaimView']

interface Kept {
  claimId: string
  accountId: string | undefined
}

export function useClaims() {
  const session = useSession()
  const queue = useQueue()
  const parking = useParking()
  const kept = ref<Kept[]>(readStored<Kept[]>(NAME) ?? [])
  const claims = shallowRef<ClaimView[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let gone = false

  function keep(list: Kept[]): void {
    kept.value = list.slice(-LIMIT)
    store(NAME, kept.value)
  }

  /** Takes what the queue has sent: what is bound needs no following. */
  function takeFromQueue(): void {
    for (const item of queue.items.filter((one) => one.state === 'done')) {
      if (item.answer) follow(item.answer)
      queue.drop(item.key)
    }
  }

  function follow(answer: ClaimAnswer): void {
    if (answer.state === 'bound' || kept.value.some((one) => one.claimId === answer.claim_id)) return
    keep([...kept.value, { claimId: answer.claim_id, accountId: session.accountId }])
  }

  /** Asks what became of each. */
  async function look(): Promise<void> {
    clearTimeout(timer)
    takeFromQueue()
    const mine = kept.value.filter((one) => one.accountId === session.accountId)
    const found = await Promise.all(mine.map((one) => ask(one.claimId)))
    claims.value = found.filter((view): view is ClaimView => view !== null)
    const pace = Math.max(2_000, 10_000 / citySpeed())
    if (!gone && claims.value.some((view) => view.state === 'waiting')) timer = setTimeout(() => void look(), pace)
  }

  async function ask(claimId: string): Promise<ClaimView | null> {
    try {
      const view = await api.get('/api/v1/claims/{claim_id}', { path: { claim_id: claimId } })
      if (view.state !== 'bound') return view
      put(claimId)
      await parking.refresh()
      return null
    } catch (error) {
      if (codeOf(error) === 'claim_unknown') put(claimId)
      return claims.value.find((view) => view.claim_id === claimId) ?? null
    }
  }

  /** Puts one away. */
  function put(claimId: string): void {
    keep(kept.value.filter((one) => one.claimId !== claimId))
    claims.value = claims.value.filter((view) => view.claim_id !== claimId)
  }

  function stop(): void {
    clearTimeout(timer)
  }

  onUnmounted(() => {
    gone = true
    stop()
  })

  return { claims, follow, look, put, stop }
}
