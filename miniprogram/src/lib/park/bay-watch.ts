/** The bays that one is parked in: asked once, then followed by the live stream. */
import { api, type Schema } from '@/api/client'
import { openStream, type Stream } from '@/api/stream'
import { cityNow } from '@/lib/clock'
import { bboxAround } from '@/lib/geo'
import { ms } from '@/lib/time'

const AROUND_BAY_M = 30

/** What was heard of a bay, and the city time when its age was so. */
export interface SeenBay {
  bay_code: string
  street: string
  state: Schema['BayState']
  age_s: number | null
  version: number
  at: number
}

export class BayWatch {
  private streams = new Map<string, Stream>()
  private seen = new Map<string, SeenBay>()

  constructor(
    /** A bay changed: what was asked before may hold no more. */
    private readonly changed: () => void,
    private readonly heard: (seen: SeenBay) => void,
    private readonly open: (open: boolean) => void,
  ) {}

  /** Follows these bays and no others; asks each for its age again. */
  async follow(codes: readonly string[]): Promise<void> {
    for (const code of [...this.streams.keys()].filter((known) => !codes.includes(known))) this.drop(code)
    await Promise.all([...new Set(codes)].map((code) => this.look(code)))
  }

  close(): void {
    for (const code of [...this.streams.keys()]) this.drop(code)
    this.open(false)
  }

  private async look(code: string): Promise<void> {
    const bay = await api.get('/api/v1/bays/{bay_code}', { path: { bay_code: code } })
    const { bay_code, street, state, age_s, version } = bay
    this.take({ bay_code, street, state, age_s: age_s ?? null, version, at: ms(bay.now) })
    if (!this.streams.has(code)) this.stream(code, street, bboxAround([bay.lon, bay.lat], AROUND_BAY_M))
  }

  private stream(code: string, street: string, bbox: string): void {
    const listen = (event: { name: string; data: string }): void => {
      if (event.name !== 'bay') return
      const bay = JSON.parse(event.data) as Schema['BayEvent']
      const known = this.seen.get(code)
      if (bay.bay_code !== code || (known && bay.version <= known.version)) return
      const at = cityNow()
      const age_s = bay.observed_at ? Math.max(0, Math.floor((at - ms(bay.observed_at)) / 1000)) : null
      this.take({ bay_code: code, street, state: bay.state, age_s, version: bay.version, at })
      if (known) this.changed()
    }
    this.streams.set(code, openStream('/api/v1/live', { bbox }, listen, (state) => this.open(state === 'open')))
  }

  private take(seen: SeenBay): void {
    this.seen.set(seen.bay_code, seen)
    this.heard(seen)
  }

  private drop(code: string): void {
    this.streams.get(code)?.close()
    this.streams.delete(code)
    this.seen.delete(code)
  }
}
