/** The window's size and what it shows, where the phone moves, and what it does to be noticed. */
import type { LonLat } from '../geo'
import { findPlace } from './place'

export type DeviceKind = 'wechat' | 'ios' | 'android' | 'computer'

/** What the app runs on. */
export function deviceKind(): DeviceKind {
  let kind: DeviceKind = 'computer'
  // #ifdef H5
  kind = kindOf(navigator.userAgent, navigator.maxTouchPoints)
  // #endif
  // #ifdef MP-WEIXIN
  kind = 'wechat'
  // #endif
  return kind
}

/** The device by how its browser calls itself; an iPad calls itself a Mac, but can be touched. */
export function kindOf(agent: string, touches: number): Exclude<DeviceKind, 'wechat'> {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1)) return 'ios'
  return /Android|HarmonyOS|OpenHarmony/.test(agent) ? 'android' : 'computer'
}

export interface Window {
  width_px: number
  height_px: number
}

/** Tells the window's size, now and at each change. Returns how to end that. */
export function watchWindow(tell: (window: Window) => void): () => void {
  const now = uni.getWindowInfo()
  tell({ width_px: now.windowWidth, height_px: now.windowHeight })
  const changed = (change: { size: { windowWidth: number; windowHeight: number } }) =>
    tell({ width_px: change.size.windowWidth, height_px: change.size.windowHeight })
  uni.onWindowResize(changed)
  return () => uni.offWindowResize(changed)
}

/** How often the mini-program may be asked where it is: more often, WeChat does not answer. */
const ASK_EVERY_MS = 15_000

/** Tells where the phone is while it moves. Returns how to end that. */
export function watchPlace(tell: (at: LonLat) => void): () => void {
  let end = () => {}
  // #ifdef H5
  if ('geolocation' in navigator) {
    const watch = navigator.geolocation.watchPosition(
      (found) => tell([found.coords.longitude, found.coords.latitude]),
      () => undefined,
      { enableHighAccuracy: true, maximumAge: 2_000 },
    )
    end = () => navigator.geolocation.clearWatch(watch)
  }
  // #endif
  // #ifdef MP-WEIXIN
  const timer = setInterval(() => void findPlace().then(tell, () => undefined), ASK_EVERY_MS)
  end = () => clearInterval(timer)
  // #endif
  void findPlace
  void ASK_EVERY_MS
  return end
}

/** Shows the top of the page. */
export function toTop(): void {
  void uni.pageScrollTo({ scrollTop: 0, duration: 0, fail: () => undefined })
}

/** The phone shakes, where it can: for what a driver must not miss. */
export function shake(): void {
  uni.vibrateLong({ fail: () => undefined })
}

export interface Corners {
  southwest: { longitude: number; latitude: number }
  northeast: { longitude: number; latitude: number }
}

/** What the mini-program's map shows, and how large; GCJ-02. */
export function nativeView(mapId: string, of: object | null): Promise<{ corners: Corners; scale: number }> {
  return new Promise((resolve, reject) => {
    const context = uni.createMapContext(mapId, of as never)
    const fail = () => reject(new Error('the map does not answer'))
    const region = { success: (found: unknown) => ((found as Partial<Corners>).southwest ? scaled(found as Corners) : fail()), fail }
    const scaled = (corners: Corners) =>
      context.getScale({ success: (found: unknown) => resolve({ corners, scale: (found as { scale: number }).scale }), fail })
    context.getRegion(region as never)
  })
}
