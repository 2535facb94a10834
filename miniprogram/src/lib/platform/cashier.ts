/** Out to a cashier and back: what a browser has to do where the mini-program has `wx.requestPayment`. */
import { address, type Query } from './pages'
import type { PayParams, WechatOutcome } from './wechat'

/** The whole address of a page of ours, for a cashier to lead back to; empty in the mini-program. */
export function pageUrl(page: string, query: Query = {}): string {
  let url = ''
  // #ifdef H5
  url = `${window.location.origin}${address(page, query)}`
  // #endif
  void page
  void query
  void address
  return url
}

/**
 * What WeChat's authorization brought back to `/b/<bay code>`: its code stands beside ours under the same name, the last one
 * is WeChat's. Undefined when it brought nothing.
 */
export function leaveOfWechat(): { bayCode: string; wechatCode: string } | undefined {
  let leave: { bayCode: string; wechatCode: string } | undefined
  // #ifdef H5
  const asked = new URLSearchParams(window.location.search)
  const [bayCode, wechatCode] = asked.getAll('code')
  if (asked.get('state') === 'pay' && bayCode && wechatCode) leave = { bayCode, wechatCode }
  // #endif
  return leave
}

/** Tells whenever the page is looked at again, also when the browser's back button brought it from its memory. */
export function onReturn(tell: () => void): () => void {
  let stop = (): void => undefined
  // #ifdef H5
  const visible = (): void => {
    if (document.visibilityState === 'visible') tell()
  }
  window.addEventListener('pageshow', tell)
  document.addEventListener('visibilitychange', visible)
  stop = () => {
    window.removeEventListener('pageshow', tell)
    document.removeEventListener('visibilitychange', visible)
  }
  // #endif
  void tell
  return () => stop()
}

// #ifdef H5
interface Bridge {
  invoke(name: string, params: object, done: (answer: { err_msg?: string }) => void): void
}
// #endif

/** Pays inside WeChat's own browser. */
export function payByBridge(params: PayParams & { appId: string }): Promise<WechatOutcome> {
  let outcome: Promise<WechatOutcome> = Promise.resolve('unsupported')
  // #ifdef H5
  outcome = new Promise((resolve) => {
    const bridge = (window as unknown as { WeixinJSBridge?: Bridge }).WeixinJSBridge
    if (!bridge) return resolve('unsupported')
    bridge.invoke('getBrandWCPayRequest', params, (answer) => {
      const word = answer.err_msg ?? ''
      resolve(/:ok$/.test(word) ? 'done' : /:cancel$/.test(word) ? 'cancelled' : 'failed')
    })
  })
  // #endif
  void params
  return outcome
}
