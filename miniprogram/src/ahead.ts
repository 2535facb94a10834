/**
 * H5 only: the pages that a driver needs beside a bay are fetched before they are asked for, so that they open without a network.
 *
 * A page is a file of its own, one or two KiB. They come one after another, in pauses of the first page's work, some time
 * after that was useful: the map is first. Pages that need the network for every word are fetched when they are opened.
 */
import { whenUseful } from '@/lib/useful'

/** In the order in which they are needed. */
const PAGES: readonly (() => Promise<unknown>)[] = [
  () => import('@/pages/park/claim.vue'),
  () => import('@/pages/park/index.vue'),
  () => import('@/pages/park/bill.vue'),
  () => import('@/pages/pay/arrears.vue'),
  () => import('@/pages/pay/bay.vue'),
  () => import('@/pages/find/bay.vue'),
  () => import('@/pages/find/route.vue'),
  () => import('@/pages/me/index.vue'),
  () => import('@/pages/me/sign-in.vue'),
]
/** The map and its tiles have begun by then. */
const AFTER_MS = 2_000
const PAUSE_WITHIN_MS = 5_000

export function fetchAhead(): void {
  whenUseful(() => setTimeout(() => void fetchAll(), AFTER_MS))
}

async function fetchAll(): Promise<void> {
  for (const page of PAGES) {
    await pause()
    // What could not be fetched now is fetched when it is opened.
    await page().catch(() => undefined)
  }
}

/** When the browser has nothing else to do; not every browser tells. */
function pause(): Promise<void> {
  return new Promise((go) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => go(), { timeout: PAUSE_WITHIN_MS })
    else setTimeout(go, 100)
  })
}
