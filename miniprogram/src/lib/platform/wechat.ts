/** What only WeChat does: sign-in codes, paying, scanning, messages. In a browser each says that it cannot. */

/** `unsupported` here, `cancelled` by the driver, or `failed`. */
export type WechatOutcome = 'done' | 'cancelled' | 'failed' | 'unsupported'

export interface PayParams {
  timeStamp: string
  nonceStr: string
  package: string
  signType: string
  paySign: string
}

/** A code to sign in with; works once. Undefined in a browser. */
export function wechatCode(): Promise<string | undefined> {
  let code: Promise<string | undefined> = Promise.resolve(undefined)
  // #ifdef MP-WEIXIN
  code = new Promise((resolve) => {
    uni.login({ provider: 'weixin', success: (got) => resolve(got.code), fail: () => resolve(undefined) })
  })
  // #endif
  return code
}

/** Pays in WeChat. What it says is a hint: paid is what the gateway says afterwards. */
export function payInWechat(params: PayParams): Promise<WechatOutcome> {
  let outcome: Promise<WechatOutcome> = Promise.resolve('unsupported')
  // #ifdef MP-WEIXIN
  outcome = new Promise((resolve) => {
    const options = {
      provider: 'wxpay',
      orderInfo: '',
      ...params,
      success: () => resolve('done'),
      fail: (failure: { errMsg?: string }) => resolve(/cancel/.test(failure.errMsg ?? '') ? 'cancelled' : 'failed'),
    }
    uni.requestPayment(options as unknown as UniApp.RequestPaymentOptions)
  })
  // #endif
  return outcome
}

/** Whether the phone can read a QR code inside the app. */
export function canScan(): boolean {
  let can = false
  // #ifdef MP-WEIXIN
  can = true
  // #endif
  return can
}

/** The text of a QR code; undefined if none was read. */
export function scan(): Promise<string | undefined> {
  let text: Promise<string | undefined> = Promise.resolve(undefined)
  // #ifdef MP-WEIXIN
  text = new Promise((resolve) => {
    uni.scanCode({ onlyFromCamera: false, success: (read) => resolve(read.result), fail: () => resolve(undefined) })
  })
  // #endif
  return text
}

/** Asks for leave to send one message; the templates to which the driver said yes. */
export function askForMessages(templates: string[]): Promise<string[]> {
  let given: Promise<string[]> = Promise.resolve([])
  // #ifdef MP-WEIXIN
  given = new Promise((resolve) => {
    uni.requestSubscribeMessage({
      tmplIds: templates,
      success: (said) => resolve(templates.filter((id) => (said as unknown as Record<string, string>)[id] === 'accept')),
      fail: () => resolve([]),
    })
  })
  // #endif
  return given
}

/** Whether the page is shown by WeChat's own browser. */
export function isInWechatBrowser(): boolean {
  let inside = false
  // #ifdef H5
  inside = /MicroMessenger/i.test(navigator.userAgent)
  // #endif
  return inside
}
