/** What WeChat's own map is given, in its datum: markers, lines, where it looks. */
import { computed, ref } from 'vue'
import { toGcj02, toWgs84 } from '@/lib/datum'
import type { LonLat } from '@/lib/geo'
import { nativeView } from '@/lib/platform/screen'
import { useLive } from '@/stores/live'
import type { Area } from './area'
import type { MapHit, Mark, Way } from './drawn'
import { markersOf, polylinesOf } from './markers'

export interface NativeMapGiven {
  name: string
  start: LonLat | null
  zoom: number
  hits: readonly MapHit[]
  marks: readonly Mark[]
  way: Way | null
}

const ACCENT = '#0B6E6E'

export function useNativeMap(given: NativeMapGiven, of: object | null, word: (state: string) => string) {
  const live = useLive()
  const id = `map-${given.name}`
  const scale = ref(given.zoom)
  const at = ref<LonLat>(given.start ?? [0, 0])
  const included = ref<{ longitude: number; latitude: number }[]>([])
  /** What is in sight, which the map itself zoomed to. */
  const zoom = ref(given.zoom)

  const centre = computed(() => native(at.value))
  const meant = computed(() => {
    void live.revision
    return markersOf({ bays: live.book.bays(), hits: given.hits, marks: given.marks, zoom: zoom.value, word })
  })
  const markers = computed(() => meant.value.map((one) => one.marker))
  const lines = computed(() => polylinesOf(given.way, ACCENT))

  function codeOf(markerId: number): string | null {
    return meant.value.find((one) => one.marker.id === markerId)?.bay_code ?? null
  }

  /** What the map shows now; null while it does not answer. */
  async function look(): Promise<Area | null> {
    const seen = await nativeView(id, of).catch(() => null)
    if (!seen) return null
    zoom.value = seen.scale
    const { southwest, northeast } = seen.corners
    const [west, south] = toWgs84([southwest.longitude, southwest.latitude])
    const [east, north] = toWgs84([northeast.longitude, northeast.latitude])
    return { west, south, east, north }
  }

  function show(where: LonLat, to: number | null = null): void {
    at.value = where
    if (to !== null) scale.value = to
  }

  function showAll(area: Area): void {
    included.value = [native([area.west, area.south]), native([area.east, area.north])]
  }

  function placeOf(tapped: { longitude: number; latitude: number }): LonLat {
    return toWgs84([tapped.longitude, tapped.latitude])
  }

  return { id, scale, centre, markers, lines, included, codeOf, look, show, showAll, placeOf }
}

function native(at: LonLat): { longitude: number; latitude: number } {
  const [longitude, latitude] = toGcj02(at)
  return { longitude, latitude }
}
