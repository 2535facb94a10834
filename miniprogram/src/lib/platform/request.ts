/** One HTTP request, on H5 and in the mini-program alike. A network that fails is an `Unreachable`. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Ask {
  method: Method
  url: string
  headers: Record<string, string>
  /** A text (JSON) or bytes (a photo). */
  body?: string | ArrayBuffer
  /** How the answer is read; text if left out. */
  as?: 'text' | 'bytes'
  timeoutMs?: number
}

export interface Heard {
  status: number
  /** Names in small letters. */
  headers: Record<string, string>
  text: string
  bytes?: ArrayBuffer
}

/** Nobody answered: no network, or not within the time. */
export class Unreachable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Unreachable'
  }
}

const USUAL_TIMEOUT_MS = 15_000

/** Sends it; settles with whatever status was heard. */
export function request(ask: Ask): Promise<Heard> {
  return new Promise((resolve, reject) => {
    uni.request({
      url: ask.url,
      method: ask.method,
      header: ask.headers,
      data: ask.body,
      // Not parsed by uni-app: a number in a text field stays a text.
      dataType: 'text',
      responseType: ask.as === 'bytes' ? 'arraybuffer' : 'text',
      timeout: ask.timeoutMs ?? USUAL_TIMEOUT_MS,
      success: (answer) => resolve(heard(answer)),
      fail: (failure: { errMsg?: string }) => reject(new Unreachable(failure.errMsg ?? 'request failed')),
    })
  })
}

function heard(answer: UniApp.RequestSuccessCallbackResult): Heard {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer.header ?? {})) headers[name.toLowerCase()] = String(value)
  const data: unknown = answer.data
  if (data instanceof ArrayBuffer) return { status: answer.statusCode, headers, text: '', bytes: data }
  const text = typeof data === 'string' ? data : data === undefined ? '' : JSON.stringify(data)
  return { status: answer.statusCode, headers, text }
}

/** Where the gateway is: the page's own host, or what the build of the mini-program was given. */
export function apiOrigin(): string {
  let origin = ''
  // #ifdef MP-WEIXIN
  origin = import.meta.env.VITE_API_ORIGIN ?? ''
  // #endif
  return origin
}
