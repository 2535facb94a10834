/**
 * A payment on a page: starts it once, opens the cashier, asks the server until it is over, and finds it again after
 * a reload or the back button.
 *
 * What is kept on the phone is the attempt and its key, never a result: that is asked for.
 */
import { computed, onUnmounted, shallowRef } from 'vue'
import { codeOf, isOffline, newKey } from '@/api/client'
import { forget, isInWechatBrowser, isMiniProgram, openLink, payInWechat, readStored, store } from '@/lib/platform'
import { onReturn, pageUrl, payByBridge } from '@/lib/platform/cashier'
import { toTop } from '@/lib/platform/screen'
import type { WechatOutcome } from '@/lib/platform'
import { SANDBOX } from '@/stores/session'
import { lookAtAttempt, startAttempt, type Extra } from './pay-routes'
import { after, fresh, isOver, isSandbox, isUnderWay, nameOf, pause, withReturn } from './payment'
import type { Event, Method, Payment, Subject } from './payment'

/** Where the cashier leads back to. */
export interface WayBack {
  page: string
  query: Record<string, string>
}

/** The door that this phone can open by itself. */
export function ownMethod(): Method {
  return isMiniProgram() || isInWechatBrowser() ? 'jsapi' : 'h5'
}

const OUTCOMES: Record<WechatOutcome, 'ok' | 'cancelled' | 'failed'> = {
  done: 'ok',
  cancelled: 'cancelled',
  failed: 'failed',
  unsupported: 'failed',
}

export function usePayment(subject: () => Subject, wayBack: () => WayBack, paid: () => void) {
  const payment = shallowRef<Payment | null>(null)
  const phase = computed(() => payment.value?.phase ?? 'idle')
  // The address of a code is WeChat's in a sandbox as well: whether this is one was heard at the sign-in.
  const sandbox = computed(() =>
    payment.value?.method === 'native' ? readStored<boolean>(SANDBOX) === true : isSandbox(payment.value?.attempt?.h5_url),
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  let since = 0
  let asking = false
  let quiet = false
  let extra: Extra = {}
  let gone = false

  function happen(event: Event): void {
    if (!payment.value) return
    const before = payment.value.phase
    payment.value = after(payment.value, event)
    if (isOver(payment.value.phase)) forget(nameOf(payment.value.subject))
    else store(nameOf(payment.value.subject), payment.value)
    if (before !== 'paid' && payment.value.phase === 'paid') paid()
  }

  /** Starts to pay; a second tap while one is under way does nothing. */
  async function start(method: Method, more: Extra = {}): Promise<void> {
    if (isUnderWay(phase.value)) return
    payment.value = fresh(subject(), method, newKey())
    extra = more
    quiet = false
    happen({ kind: 'ask' })
    // How far it is stands there, and the key was pressed below a long bill.
    toTop()
    begin()
    await ask()
    // Signed in by phone inside WeChat: there is no openid to pay by, but WeChat's page takes it.
    if (payment.value?.why === 'method_needs_wechat' && method === 'jsapi') return start('h5', more)
    if (phase.value === 'ready' && !sandbox.value) await openCashier()
  }

  /** Takes up a payment that was under way when the page went away. */
  function resume(): void {
    if (isUnderWay(phase.value)) return
    const kept = readStored<Payment>(nameOf(subject()))
    if (!kept || !isUnderWay(kept.phase)) return
    payment.value = kept
    // One that turns out to be closed by now is no news.
    quiet = kept.phase !== 'cashier' && kept.phase !== 'confirming'
    happen({ kind: 'returned', outcome: 'unknown' })
    begin()
    void ask()
  }

  function begin(): void {
    since = Date.now()
    clearTimeout(timer)
  }

  /** Asks the server now; also what a driver does who has paid and waits. */
  async function ask(): Promise<void> {
    const now = payment.value
    if (!now || asking || !isUnderWay(now.phase)) return
    asking = true
    try {
      const attempt = now.attempt
        ? await lookAtAttempt(now.subject, now.attempt.payment_id)
        : await startAttempt(now.subject, now.method, now.key, extra)
      if (payment.value?.key !== now.key) return
      happen(attempt ? { kind: 'seen', attempt } : { kind: 'refused', code: 'channel_refused' })
      if (quiet && phase.value === 'closed') payment.value = null
    } catch (error) {
      if (payment.value?.key !== now.key) return
      const passing = isOffline(error) || codeOf(error) === 'too_many_requests' || now.attempt !== null
      happen(passing ? { kind: 'lost' } : { kind: 'refused', code: codeOf(error) })
    } finally {
      asking = false
      again()
    }
  }

  function again(): void {
    clearTimeout(timer)
    if (!gone && isUnderWay(phase.value)) timer = setTimeout(() => void ask(), pause(Date.now() - since))
  }

  /** Opens the cashier of the attempt. */
  async function openCashier(): Promise<void> {
    const attempt = payment.value?.attempt
    if (!attempt || (phase.value !== 'ready' && phase.value !== 'confirming')) return
    if (attempt.h5_url) {
      const back = wayBack()
      happen({ kind: 'opened' })
      openLink(withReturn(attempt.h5_url, pageUrl(back.page, back.query)))
    } else if (attempt.pay) {
      happen({ kind: 'opened' })
      const outcome = await (isMiniProgram() ? payInWechat(attempt.pay) : payByBridge(attempt.pay))
      happen({ kind: 'returned', outcome: OUTCOMES[outcome] })
      begin()
      await ask()
    }
  }

  /** By another door: the attempt under way is left to end, the server puts the new one in its place. */
  async function change(method: Method): Promise<void> {
    if (phase.value !== 'ready' || payment.value?.method === method) return
    clearTimeout(timer)
    payment.value = null
    await start(method)
  }

  /** Puts what is over away, so that a new attempt can begin. */
  function clear(): void {
    if (payment.value && isUnderWay(payment.value.phase)) return
    payment.value = null
  }

  // A browser's cashier is another page: looked at again means that it came back, with whatever came of it.
  const stop = onReturn(() => {
    if (payment.value?.phase === 'cashier') happen({ kind: 'returned', outcome: 'unknown' })
    if (isUnderWay(phase.value)) {
      begin()
      void ask()
    }
  })
  onUnmounted(() => {
    gone = true
    clearTimeout(timer)
    stop()
  })

  return { payment, phase, sandbox, start, change, resume, ask, openCashier, clear }
}

export type PaymentOnPage = ReturnType<typeof usePayment>
