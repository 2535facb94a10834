/**
 * A stream of server-sent events: `fetch` in a browser, a chunked `wx.request` in the mini-program.
 *
 * It reconnects by itself, later and later; `onState` says `open` or `waiting` so that what is shown as live is.
 */
import { openChunks, type Chunks } from '@/lib/platform/chunks'
import { apiOrigin } from '@/lib/platform'
import { addressOf } from './client'
import { EventReader, Utf8Reader, type StreamEvent } from './events'

export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface Stream {
  close(): void
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 30_000]
/** The gateway says every 15 s that it is there; silence for longer than this is a dead connection. */
const SILENCE_MS = 40_000

/** Opens `path` (with its query) and tells each event, until closed. */
export function openStream(
  path: string,
  query: Record<string, string | number | undefined>,
  onEvent: (event: StreamEvent) => void,
  onState: (state: StreamState) => void = () => undefined,
): Stream {
  const url = `${apiOrigin()}${addressOf(path, { query })}`
  let failures = 0
  let closed = false
  let chunks: Chunks | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const again = () => {
    chunks?.close()
    if (closed) return
    onState('waiting')
    clearTimeout(timer)
    timer = setTimeout(start, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)])
    failures += 1
  }
  const listenOn = () => {
    clearTimeout(timer)
    timer = setTimeout(again, SILENCE_MS)
  }
  const start = () => {
    onState('connecting')
    const letters = new Utf8Reader()
    const events = new EventReader()
    listenOn()
    const mine: Chunks = openChunks(url, {
      opened: () => {
        if (closed || mine !== chunks) return
        failures = 0
        onState('open')
      },
      bytes: (bytes) => {
        if (closed || mine !== chunks) return
        listenOn()
        for (const event of events.take(letters.take(bytes))) onEvent(event)
      },
      ended: () => {
        if (!closed && mine === chunks) again()
      },
    })
    chunks = mine
  }
  start()
  return {
    close() {
      closed = true
      clearTimeout(timer)
      chunks?.close()
      onState('closed')
    },
  }
}
