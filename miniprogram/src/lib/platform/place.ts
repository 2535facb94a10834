/** Where the phone is, and the hand-over to a map app. WGS-84 in and out; GCJ-02 only behind this line. */
import { toGcj02, toWgs84 } from '../datum'
import type { LonLat } from '../geo'

export type PlaceRefusal = 'denied' | 'unavailable' | 'timeout'

/** Why no place is known. */
export class NoPlace extends Error {
  constructor(readonly why: PlaceRefusal) {
    super(why)
    this.name = 'NoPlace'
  }
}

/** Where the phone is now; asks for leave the first time. */
export function findPlace(): Promise<LonLat> {
  // #ifdef MP-WEIXIN
  return new Promise<LonLat>((resolve, reject) => {
    uni.getLocation({
      type: 'gcj02',
      success: (found) => resolve(toWgs84([found.longitude, found.latitude])),
      fail: (failure: { errMsg?: string }) =>
        reject(new NoPlace(/auth|deny|denied/.test(failure.errMsg ?? '') ? 'denied' : 'unavailable')),
    })
  })
  // #endif
  // #ifdef H5
  // Browsers give WGS-84; uni.getLocation would want a map vendor's key for more than that.
  return browserPlace()
  // #endif
}

// #ifdef H5
const REASONS: Record<number, PlaceRefusal> = { 1: 'denied', 2: 'unavailable', 3: 'timeout' }

function browserPlace(): Promise<LonLat> {
  return new Promise<LonLat>((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(new NoPlace('unavailable'))
    navigator.geolocation.getCurrentPosition(
      (found) => resolve([found.coords.longitude, found.coords.latitude]),
      (failure) => reject(new NoPlace(REASONS[failure.code] ?? 'unavailable')),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 30_000 },
    )
  })
}
// #endif

/** Opens the phone's own map on a place; false where there is none (a browser: use the hand-over links). */
export function openMap(at: LonLat, name: string, words: string): Promise<boolean> {
  let opened = Promise.resolve(false)
  // #ifdef MP-WEIXIN
  const [longitude, latitude] = toGcj02(at)
  opened = new Promise((resolve) => {
    const done = { success: () => resolve(true), fail: () => resolve(false) }
    uni.openLocation({ longitude, latitude, name, address: words, scale: 18, ...done })
  })
  // #endif
  return opened
}

/** Leads to an address outside of the app (a map app's link, a cashier). */
export function openLink(url: string): void {
  // #ifdef H5
  window.location.href = url
  // #endif
  // #ifdef MP-WEIXIN
  uni.setClipboardData({ data: url })
  // #endif
}
