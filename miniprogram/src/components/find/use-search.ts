/**
 * A search that follows: it is asked again when the driver asks for something else, and when a bay that was offered is taken or
 * one turns free where there was none. What was found stays in sight meanwhile.
 */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { language } from '@/locale'
import { useFinding } from '@/stores/finding'
import { useLive } from '@/stores/live'
import type { Turned } from '../bay-map/bay-book'
import { notOffered, searchBays } from './ask'
import type { Hit, SearchAnswer } from './contract'
import { searchQuery } from './filters'

/** A driver who turns a filter turns the next one, too. */
const SETTLE_MS = 250
/** The city must not make a phone ask more often than this. */
const AGAIN_MS = 4_000

export type SearchState = 'loading' | 'found' | 'nothing' | 'failed' | 'not_offered'

export function useSearch() {
  const finding = useFinding()
  const live = useLive()
  const answer = shallowRef<SearchAnswer | null>(null)
  const state = ref<SearchState>('loading')
  const failure = ref<unknown>(null)
  /** The last try failed, and what is shown is older than that. */
  const old = ref(false)
  /** From where and to where what is shown was asked for. */
  const where = shallowRef(finding.where)
  let number = 0
  let askedAt_ms = 0
  /** The driver asked for something else than what is shown. */
  let asksAnew = true
  let timer: ReturnType<typeof setTimeout> | undefined

  async function search(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    number += 1
    const mine = number
    askedAt_ms = Date.now()
    const same = !asksAnew
    const asked = finding.where
    asksAnew = false
    try {
      const found = await searchBays(searchQuery(finding.filters, asked, language.value))
      if (mine !== number) return
      where.value = asked
      answer.value = found
      old.value = false
      state.value = found.hits.length > 0 ? 'found' : 'nothing'
    } catch (error) {
      if (mine !== number) return
      failure.value = error
      old.value = answer.value !== null && same
      if (old.value) return
      answer.value = null
      state.value = notOffered(error) ? 'not_offered' : 'failed'
    }
  }

  function soon(wait_ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void search(), wait_ms)
  }

  /** The driver asked for something else. */
  function anew(): void {
    asksAnew = true
    if (!answer.value) state.value = 'loading'
    soon(SETTLE_MS)
  }

  function turned(bays: readonly Turned[]): void {
    const found = answer.value
    if (!found || timer !== undefined) return
    const offered = new Set(found.hits.map((hit) => hit.bay_code))
    const lost = bays.some((bay) => bay.state !== 'free' && bay.bay_code !== null && offered.has(bay.bay_code))
    const gained = found.hits.length === 0 && bays.some((bay) => bay.state === 'free')
    if (lost || gained) soon(Math.max(SETTLE_MS, AGAIN_MS - (Date.now() - askedAt_ms)))
  }

  /** What is known of a hit now: the newer of the answer and the stream. */
  function stateOf(hit: Hit): Hit['state'] {
    void live.revision
    const seen = live.book.bay(hit.bay_code)
    return seen && seen.version > hit.version ? seen.state : hit.state
  }

  watch([() => finding.filters, () => finding.where, language], anew)
  const deaf = live.onTurned(turned)
  onScopeDispose(() => {
    clearTimeout(timer)
    number += 1
    deaf()
  })
  return { answer, state, failure, old, where, search, stateOf }
}
