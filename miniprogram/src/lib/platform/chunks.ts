/** An answer that comes in pieces for as long as it is open. */

export interface Chunks {
  close(): void
}

export interface Hears {
  opened(): void
  bytes(bytes: Uint8Array): void
  /** It ended or failed; told once, later than the call that opened it. */
  ended(): void
}

const ACCEPT = { Accept: 'text/event-stream' }

/** Opens an address. */
export function openChunks(url: string, hears: Hears): Chunks {
  // #ifdef H5
  return openFetch(url, hears)
  // #endif
  // #ifdef MP-WEIXIN
  return openWechat(url, hears)
  // #endif
}

// #ifdef H5
function openFetch(url: string, hears: Hears): Chunks {
  const abort = new AbortController()
  const run = async () => {
    const answer = await fetch(url, { headers: ACCEPT, signal: abort.signal, cache: 'no-store' })
    if (!answer.ok || !answer.body) return
    hears.opened()
    const reader = answer.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      hears.bytes(value)
    }
  }
  run().then(hears.ended, hears.ended)
  return { close: () => abort.abort() }
}
// #endif

// #ifdef MP-WEIXIN
interface ChunkedTask {
  abort(): void
  onHeadersReceived?(hear: (head: { statusCode?: number }) => void): void
  onChunkReceived(hear: (chunk: { data: ArrayBuffer }) => void): void
}

function openWechat(url: string, hears: Hears): Chunks {
  const task = uni.request({
    url,
    header: ACCEPT,
    enableChunked: true,
    responseType: 'arraybuffer',
    // A stream lasts; its silence is watched by whoever opened it.
    timeout: 3_600_000,
    complete: () => hears.ended(),
  } as UniApp.RequestOptions) as unknown as ChunkedTask
  let opened = false
  const open = () => {
    if (!opened) hears.opened()
    opened = true
  }
  task.onHeadersReceived?.(open)
  task.onChunkReceived((chunk) => {
    open()
    hears.bytes(new Uint8Array(chunk.data))
  })
  return { close: () => task.abort() }
}
// #endif
