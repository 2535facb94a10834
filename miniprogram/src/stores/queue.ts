/**
 * Commands made without a network: kept with their own time and key, sent in order when it is back.
 *
 * A command is done once however often it is sent, since its key stays the same. What the gateway refuses stays
 * visible with its reason until the driver puts it away. Somebody else who signs in does not send it.
 */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, codeOf, isOffline, newKey, type Schema } from '@/api/client'
import { cityNow } from '@/lib/clock'
import { iso } from '@/lib/time'
import { readStored, store } from '@/lib/platform'
import { useSession } from './session'

const NAME = 'queue'
export const QUEUE_LIMIT = 20

export type QueuedState = 'waiting' | 'sending' | 'done' | 'refused'

export type ClaimBody = Schema['ClaimRequest']
export type ClaimAnswer = Schema['ClaimAnswer']

export interface Queued {
  key: string
  kind: 'claim'
  /** City time when the driver made it. */
  madeAt: string
  accountId: string | undefined
  body: ClaimBody
  state: QueuedState
  /** Why it was refused: a code of the API. */
  code?: string
  detail?: string
  answer?: ClaimAnswer
}

export const useQueue = defineStore('queue', () => {
  // Sending when the app ended: whether it arrived is not known; the key makes it safe to send again.
  const kept = (readStored<Queued[]>(NAME) ?? []).map((item) => (item.state === 'sending' ? { ...item, state: 'waiting' as const } : item))
  const items = ref<Queued[]>(kept)
  const session = useSession()
  const waiting = computed(() => items.value.filter((item) => item.state === 'waiting' || item.state === 'sending'))
  const refused = computed(() => items.value.filter((item) => item.state === 'refused'))
  let sending: Promise<void> | undefined

  function keep(): void {
    store(NAME, items.value)
  }

  function change(key: string, changed: Partial<Queued>): void {
    items.value = items.value.map((item) => (item.key === key ? { ...item, ...changed } : item))
    keep()
  }

  /** Queues a claim with the time of now, and tries to send it at once. */
  async function claim(body: ClaimBody, key = newKey()): Promise<Queued> {
    if (!items.value.some((item) => item.key === key)) {
      const item: Queued = { key, kind: 'claim', madeAt: iso(cityNow()), accountId: session.accountId, body, state: 'waiting' }
      const settled = items.value.filter((other) => other.state === 'done')
      const spare = items.value.length - QUEUE_LIMIT + 1
      const dropped = new Set(settled.slice(0, Math.max(0, spare)).map((other) => other.key))
      items.value = [...items.value.filter((other) => !dropped.has(other.key)), item]
      keep()
    }
    await send()
    return items.value.find((item) => item.key === key) as Queued
  }

  /** Sends what waits, oldest first; stops at the first that meets no network. */
  function send(): Promise<void> {
    sending ??= sendAll().finally(() => (sending = undefined))
    return sending
  }

  async function sendAll(): Promise<void> {
    for (;;) {
      const next = items.value.find((item) => item.state === 'waiting' && mine(item))
      if (!next || !(await sendOne(next))) return
    }
  }

  /** Made while signed out it belongs to whoever signs in next. */
  function mine(item: Queued): boolean {
    return session.accountId !== undefined && (item.accountId === undefined || item.accountId === session.accountId)
  }

  async function sendOne(item: Queued): Promise<boolean> {
    change(item.key, { state: 'sending' })
    try {
      const body = { ...item.body, made_at: item.madeAt }
      const answer = await api.post('/api/v1/claims', { body, key: item.key })
      change(item.key, { state: 'done', answer })
      return true
    } catch (error) {
      if (isOffline(error) || codeOf(error) === 'signed_out' || isPassing(error)) {
        change(item.key, { state: 'waiting' })
        return false
      }
      change(item.key, { state: 'refused', code: codeOf(error), detail: error instanceof Error ? error.message : '' })
      return true
    }
  }

  /** Puts a settled command away, or takes back one that was not sent. */
  function drop(key: string): void {
    items.value = items.value.filter((item) => item.key !== key || item.state === 'sending')
    keep()
  }

  return { items, waiting, refused, claim, send, drop }
})

/** The service's trouble, not the command's: it may work later. */
function isPassing(error: unknown): boolean {
  const status = (error as { status?: number }).status ?? 0
  return status === 429 || status >= 500
}
