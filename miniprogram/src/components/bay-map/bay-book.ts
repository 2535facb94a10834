/**
 * What is known of the bays on the map, merged from snapshots and the live stream.
 *
 * A stream says which version of a bay it tells of: an older one never counts, the same one may come twice. A snapshot names no
 * versions: it fills in what no stream has told of, and an older snapshot never replaces a newer one. Pure: no clock, no net.
 */

export type BayState = 'free' | 'occupied' | 'unknown'

/** A bay as the stream tells of it. `bay_no` is its number in the map tiles, if the map has it. */
export interface SeenBay {
  bay_code: string
  bay_no: number | null
  state: BayState
  observed_at: string | null
  lon: number
  lat: number
  version: number
}

/** What `GET /api/v1/map/states` says. */
export interface Snapshot {
  now: string
  free: number[]
  occupied: number[]
  unknown: number[]
}

/** A bay turned: by its number in the tiles, its code, or both. */
export interface Turned {
  bay_no: number | null
  bay_code: string | null
  state: BayState
}

export class BayBook {
  private readonly seen = new Map<string, SeenBay>()
  /** Of bays that no stream has told of. */
  private readonly told = new Map<number, BayState>()
  private readonly streamed = new Set<number>()
  private snapshotAt_ms = Number.NEGATIVE_INFINITY

  /** Takes in an event of the stream; the bay that turned, or null if that is no news. */
  take(bay: SeenBay): Turned | null {
    const known = this.seen.get(bay.bay_code)
    if (known && bay.version < known.version) return null
    this.seen.set(bay.bay_code, bay)
    if (bay.bay_no !== null) {
      this.streamed.add(bay.bay_no)
      this.told.delete(bay.bay_no)
    }
    const same =
      known?.state === bay.state && known.bay_no === bay.bay_no && known.lon === bay.lon && known.lat === bay.lat
    return same ? null : { bay_no: bay.bay_no, bay_code: bay.bay_code, state: bay.state }
  }

  /** Takes in a snapshot; those that turned. */
  takeSnapshot(snapshot: Snapshot): Turned[] {
    const at_ms = Date.parse(snapshot.now)
    if (!(at_ms >= this.snapshotAt_ms)) return []
    this.snapshotAt_ms = at_ms
    const turned: Turned[] = []
    for (const state of ['free', 'occupied', 'unknown'] as const) {
      for (const bay_no of snapshot[state]) {
        if (this.streamed.has(bay_no) || this.told.get(bay_no) === state) continue
        this.told.set(bay_no, state)
        turned.push({ bay_no, bay_code: null, state })
      }
    }
    return turned
  }

  bay(bay_code: string): SeenBay | undefined {
    return this.seen.get(bay_code)
  }

  /** Every bay with a place, in no order. */
  bays(): SeenBay[] {
    return [...this.seen.values()]
  }

  /** Every state known, for a map that was just drawn. */
  states(): Turned[] {
    const told = [...this.told].map(([bay_no, state]) => ({ bay_no, bay_code: null, state }))
    const seen = this.bays().map(({ bay_no, bay_code, state }) => ({ bay_no, bay_code, state }))
    return [...told, ...seen]
  }

  /** How many bays are in each state, as far as is known. */
  counts(): Record<BayState, number> {
    const counts = { free: 0, occupied: 0, unknown: 0 }
    for (const { state } of this.states()) counts[state] += 1
    return counts
  }

  /** Forgets the bays outside a rectangle that nobody watches any more: what is not watched grows old. */
  keepWithin(west: number, south: number, east: number, north: number): void {
    for (const [code, bay] of this.seen) {
      if (bay.lon >= west && bay.lon <= east && bay.lat >= south && bay.lat <= north) continue
      this.seen.delete(code)
      if (bay.bay_no !== null) this.streamed.delete(bay.bay_no)
    }
    this.told.clear()
    this.snapshotAt_ms = Number.NEGATIVE_INFINITY
  }
}

/** An event `bay` of the stream as text, or null if it is none. */
export function readBayEvent(data: string): SeenBay | null {
  try {
    const bay = JSON.parse(data) as Partial<SeenBay> | null
    if (!bay || typeof bay.bay_code !== 'string' || typeof bay.version !== 'number') return null
    if (bay.state !== 'free' && bay.state !== 'occupied' && bay.state !== 'unknown') return null
    if (typeof bay.lon !== 'number' || typeof bay.lat !== 'number') return null
    const { bay_code, state, lon, lat, version } = bay
    return { bay_code, state, lon, lat, version, bay_no: bay.bay_no ?? null, observed_at: bay.observed_at ?? null }
  } catch {
    return null
  }
}
