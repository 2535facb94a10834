/**
 * The states of the bays in sight, as they are: a snapshot for the first look, then every change from the stream.
 *
 * Several pages may be open: the newest one's rectangle is watched, and the one before it again when that page closes. A state
 * is live only while the stream is open; `lostAtMs` says since when it is not.
 */
import { defineStore } from 'pinia'
import { markRaw, ref } from 'vue'
import { openStream, type Stream, type StreamState } from '@/api/stream'
import { bbox, covers, watchedArea, type Area } from '@/components/bay-map/area'
import { BayBook, readBayEvent, type Turned } from '@/components/bay-map/bay-book'
import { mapStates } from '@/components/find/ask'

/** Changes are shown together, this often: less than a driver sees, and no busy city redraws without end. */
const APPLY_EVERY_MS = 60
/** Without a stream a snapshot is asked for this often. */
const POLL_EVERY_MS = 15_000

type OnTurned = (turned: readonly Turned[]) => void

export const useLive = defineStore('live', () => {
  const book = markRaw(new BayBook())
  const state = ref<StreamState>('closed')
  /** Machine time since when what is shown is not live. */
  const lostAtMs = ref<number>()
  /** Grows with each batch of changes. */
  const revision = ref(0)
  /** Of the map: grows when the operator changed its geometry. */
  const layout = ref(0)
  const owners = markRaw(new Map<string, Area>())
  const listeners = markRaw(new Set<OnTurned>())
  let watched: Area | undefined
  let stream: Stream | undefined
  let pending: Turned[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let poll: ReturnType<typeof setInterval> | undefined

  /** A page looks at a part of the map. */
  function watch(owner: string, view: Area): void {
    owners.delete(owner)
    owners.set(owner, view)
    follow()
  }

  /** It looks no more. */
  function release(owner: string): void {
    owners.delete(owner)
    if (owners.size > 0) follow()
    else stop()
  }

  /** Calls back with the bays that turned. Returns how to end that. */
  function onTurned(listener: OnTurned): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  function follow(): void {
    const view = [...owners.values()].pop()
    if (!view || (watched && stream && covers(watched, view))) return
    stream?.close()
    watched = watchedArea(view)
    book.keepWithin(watched.west, watched.south, watched.east, watched.north)
    const area = bbox(watched)
    void look(area)
    stream = openStream('/api/v1/live', { bbox: area }, hear, (now) => turnState(now))
    poll ??= setInterval(() => state.value !== 'open' && watched && void look(bbox(watched)), POLL_EVERY_MS)
  }

  function turnState(now: StreamState): void {
    state.value = now
    if (now === 'open') lostAtMs.value = undefined
    else if (now === 'waiting') lostAtMs.value ??= Date.now()
  }

  async function look(area: string): Promise<void> {
    const snapshot = await mapStates(area).catch(() => null)
    if (snapshot && watched && bbox(watched) === area) collect(book.takeSnapshot(snapshot))
  }

  function hear(event: { name: string; data: string }): void {
    if (event.name === 'layout') layout.value += 1
    const bay = event.name === 'bay' ? readBayEvent(event.data) : null
    const turned = bay && book.take(bay)
    if (turned) collect([turned])
  }

  function collect(turned: readonly Turned[]): void {
    if (turned.length === 0) return
    pending.push(...turned)
    timer ??= setTimeout(apply, APPLY_EVERY_MS)
  }

  function apply(): void {
    timer = undefined
    const turned = pending
    pending = []
    revision.value += 1
    listeners.forEach((listener) => listener(turned))
  }

  function stop(): void {
    stream?.close()
    stream = undefined
    watched = undefined
    lostAtMs.value = undefined
    clearInterval(poll)
    poll = undefined
  }

  return { book, state, lostAtMs, revision, layout, watch, release, onTurned }
})
