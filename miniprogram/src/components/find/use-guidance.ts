/**
 * A guidance session on this phone: opened, listened to, told where the phone is, ended. What it decides is in `offer.ts`.
 *
 * Where the stream breaks the session is asked for instead; where the gateway does not know it any more, it is opened anew.
 */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { codeOf } from '@/api/client'
import { openStream, type Stream, type StreamState } from '@/api/stream'
import { setClock } from '@/lib/clock'
import { shake, watchPlace } from '@/lib/platform/screen'
import { endGuidance, notOffered, openGuidance, readGuidance, tellGuidance, type GuidanceKey, type Word } from './ask'
import type { Guidance, GuidanceAsked, Spot } from './contract'
import { dueToReport, newest, sight, speaksUp, type Reported } from './offer'

/** Without a stream the session is asked for this often. */
const POLL_EVERY_MS = 5_000

export type GuidanceState = 'off' | 'opening' | 'on' | 'ended' | 'failed' | 'not_offered' | 'full'

export function useGuidance(moved: (at: Spot) => void) {
  const session = shallowRef<Guidance | null>(null)
  const state = ref<GuidanceState>('off')
  const connection = ref<StreamState>('closed')
  const renewed = ref(false)
  const failure = ref<unknown>(null)
  const busy = ref(false)
  let key: GuidanceKey | null = null
  let asked: GuidanceAsked | null = null
  let stream: Stream | null = null
  let last: Reported | null = null
  let poll: ReturnType<typeof setInterval> | undefined
  let still = () => {}

  async function begin(question: GuidanceAsked): Promise<void> {
    state.value = 'opening'
    asked = question
    try {
      const opened = await openGuidance(question)
      key = { guidance_id: opened.guidance_id, token: opened.token }
      session.value = null
      last = { at: question.at, at_ms: Date.now() }
      state.value = 'on'
      take(opened)
      listen(key)
    } catch (error) {
      failure.value = error
      state.value = notOffered(error) ? 'not_offered' : codeOf(error) === 'guidance_full' ? 'full' : 'failed'
    }
  }

  function listen(held: GuidanceKey): void {
    quiet()
    const path = `/api/v1/guidance/${encodeURIComponent(held.guidance_id)}/events`
    stream = openStream(path, { token: held.token }, hear, (now) => (connection.value = now))
    poll = setInterval(() => connection.value !== 'open' && void say(null), POLL_EVERY_MS)
    still = watchPlace(([lon, lat]) => report({ lon, lat }))
  }

  function hear(event: { data: string }): void {
    try {
      take(JSON.parse(event.data) as Guidance)
    } catch {
      void say(null)
    }
  }

  function take(came: Guidance): void {
    setClock(came)
    const before = session.value
    const now = newest(before, came)
    if (speaksUp(before, now)) shake()
    session.value = now
    if (asked) asked = { ...asked, bay_code: now.bay.bay_code }
    if (now.phase !== 'ended') return
    state.value = 'ended'
    quiet()
  }

  function report(at: Spot): void {
    moved(at)
    if (asked) asked = { ...asked, at }
    const now_ms = Date.now()
    if (!dueToReport(last, at, now_ms)) return
    last = { at, at_ms: now_ms }
    void say({ at })
  }

  /** Tells the gateway something, or asks how things stand; a session that it does not know any more is opened anew. */
  async function say(word: Word | null): Promise<boolean> {
    if (!key || state.value !== 'on') return false
    try {
      take(word ? await tellGuidance(key, word) : await readGuidance(key))
      return true
    } catch (error) {
      const code = codeOf(error)
      if (code === 'offer_gone') await say(null)
      else if (code === 'guidance_unknown' && asked) {
        renewed.value = true
        await begin(asked)
      }
      return false
    }
  }

  async function answer(word: Word): Promise<boolean> {
    busy.value = true
    try {
      return await say(word)
    } finally {
      busy.value = false
    }
  }

  function stop(reason: 'arrived' | 'claimed' | 'left'): void {
    const held = key
    quiet()
    key = null
    asked = null
    session.value = null
    state.value = 'off'
    if (held) void endGuidance(held, reason).catch(() => undefined)
  }

  function quiet(): void {
    stream?.close()
    stream = null
    clearInterval(poll)
    still()
    still = () => {}
  }

  const seen = computed(() => (session.value ? sight(session.value) : null))
  onScopeDispose(() => {
    if (state.value === 'on') stop('left')
    else quiet()
  })
  return { session, seen, state, connection, renewed, failure, busy, begin, answer, stop }
}
