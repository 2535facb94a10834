/**
 * Who is signed in on this device. Another device of the same account has a token of its own.
 *
 * A token is renewed before it ends. One that is refused all the same is replaced in the mini-program by a new WeChat
 * code, unseen; in a browser the driver signs in again.
 */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, type Schema } from '@/api/client'
import { forget, isMiniProgram, onStoredElsewhere, readStored, store, wechatCode } from '@/lib/platform'

const NAME = 'session'
/** Whether the gateway is a demonstration: it showed its code instead of sending it. */
export const SANDBOX = 'sandbox'
/** A session with less than this left is renewed before it ends (machine time). */
const RENEW_BEFORE_MS = 10 * 24 * 3_600_000

type Session = Schema['DriverSession']

export const useSession = defineStore('session', () => {
  const session = ref<Session | undefined>(readStored<Session>(NAME))
  const token = computed(() => session.value?.token)
  const accountId = computed(() => session.value?.account_id)
  const signedIn = computed(() => session.value !== undefined)
  let renewing: Promise<string | undefined> | undefined

  // Signed in or out in another tab of the browser: this one follows.
  onStoredElsewhere(NAME, () => (session.value = readStored<Session>(NAME)))

  function take(opened: Session): void {
    session.value = opened
    store(NAME, opened)
  }

  /** Signs in by the code that WeChat gives the mini-program; false in a browser or when it gives none. */
  async function signInByWechat(): Promise<boolean> {
    const code = await wechatCode()
    if (!code) return false
    take(await api.post('/api/v1/sessions', { body: { wechat_code: code } }))
    return true
  }

  /** Sends a code to a phone. */
  async function askPhoneCode(phone: string): Promise<Schema['PhoneCodeSent']> {
    const sent = await api.post('/api/v1/phone-codes', { body: { phone } })
    store(SANDBOX, Boolean(sent.sandbox_code))
    return sent
  }

  /** Signs in by the code that the phone got. */
  async function signInByPhone(phone: string, code: string): Promise<void> {
    take(await api.post('/api/v1/phone-sessions', { body: { phone, code } }))
  }

  /** A new token after `refused`; several requests that were refused at once share one renewal. */
  async function renew(refused: string): Promise<string | undefined> {
    if (renewing) return renewing
    if (token.value !== refused) return token.value
    renewing = renewOnce().finally(() => (renewing = undefined))
    return renewing
  }

  async function renewOnce(): Promise<string | undefined> {
    signOut()
    if (!isMiniProgram()) return undefined
    try {
      return (await signInByWechat()) ? token.value : undefined
    } catch {
      return undefined
    }
  }

  /** Renews a session that ends soon. */
  async function freshen(machineMs: number): Promise<void> {
    const ends = session.value ? Date.parse(session.value.expires_at) : Number.POSITIVE_INFINITY
    if (ends - machineMs > RENEW_BEFORE_MS || ends <= machineMs) return
    // Without a network it is tried again when the app wakes the next time.
    await api.post('/api/v1/sessions/renewal', { body: {} }).then(take, () => undefined)
  }

  /** Signs out: the token ends at the gateway, too, if there is a network. */
  async function end(): Promise<void> {
    if (session.value) await api.post('/api/v1/sessions/end', { body: {} }).catch(() => undefined)
    signOut()
  }

  /** Forgets the token on this device. */
  function signOut(): void {
    session.value = undefined
    forget(NAME)
  }

  return { session, token, accountId, signedIn, take, signInByWechat, askPhoneCode, signInByPhone, renew, freshen, end, signOut }
})
