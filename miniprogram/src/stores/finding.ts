/**
 * What the driver looks for: where he is, where he wants to go, with what, for how long. Shared by the find pages.
 *
 * Where the driver is stays in memory; filters and the places looked for are kept on this device and never sent as such.
 */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { townCentre } from '@/components/find/ask'
import type { Spot } from '@/components/find/contract'
import { filtersKept, USUAL, type Filters, type Whereabouts } from '@/components/find/filters'
import { recentKept, withoutRecent, withRecent, type FoundPlace } from '@/components/find/recent'
import { whereabouts } from '@/components/find/whereabouts'
import { findPlace, forget, NoPlace, readStored, store, type PlaceRefusal } from '@/lib/platform'

const FILTERS = 'find.filters'
const RECENT = 'find.recent'
/** Before the gateway has said where its town is: the middle of Baiyin, the pilot. */
const FIRST_LOOK: Spot = { lon: 104.17, lat: 36.55 }

export const useFinding = defineStore('finding', () => {
  const filters = ref<Filters>(filtersKept(readStored(FILTERS)))
  const recent = ref<FoundPlace[]>(recentKept(readStored(RECENT)))
  const me = ref<Spot | null>(null)
  const locating = ref<'not_asked' | 'finding' | 'found' | PlaceRefusal>('not_asked')
  const goal = ref<FoundPlace | null>(null)
  /** A start chosen by hand where the phone's place is not known. */
  const start = ref<FoundPlace | null>(null)
  const centre = ref<Spot>(FIRST_LOOK)

  const where = computed<Whereabouts & { far_m: number | null }>(() =>
    whereabouts({ me: me.value, start: start.value, goal: goal.value, centre: centre.value }),
  )

  /** Learns where the town is, and where the phone is. */
  async function begin(): Promise<void> {
    const town = townCentre().then(
      (at) => at && (centre.value = at),
      () => undefined,
    )
    await Promise.all([town, locate()])
  }

  async function locate(): Promise<void> {
    locating.value = 'finding'
    try {
      const [lon, lat] = await findPlace()
      me.value = { lon, lat }
      locating.value = 'found'
    } catch (error) {
      locating.value = error instanceof NoPlace ? error.why : 'unavailable'
    }
  }

  function moved(at: Spot): void {
    me.value = at
    locating.value = 'found'
  }

  /** Where the driver wants to go; null: where he is. */
  function goTo(place: FoundPlace | null): void {
    goal.value = place
    if (place && place.kind !== 'map') remember(place)
  }

  function startFrom(place: FoundPlace): void {
    start.value = place
    if (place.kind !== 'map') remember(place)
  }

  function remember(place: FoundPlace): void {
    recent.value = withRecent(recent.value, place)
    store(RECENT, recent.value)
  }

  function forgetPlace(place?: FoundPlace): void {
    recent.value = place ? withoutRecent(recent.value, place) : []
    if (recent.value.length > 0) store(RECENT, recent.value)
    else forget(RECENT)
  }

  function ask(wanted: Filters): void {
    filters.value = { ...wanted }
    store(FILTERS, filters.value)
  }

  function reset(): void {
    ask({ ...USUAL })
  }

  return { filters, recent, me, locating, goal, start, centre, where, begin, locate, moved, goTo, startFrom, forgetPlace, ask, reset }
})
