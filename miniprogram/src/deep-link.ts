/** H5 only: a bay's QR code leads to `/b/<bay code>`; the router is shown the page behind it. */
import { pageForPath } from './lib/share'

export function openDeepLink(): void {
  const page = pageForPath(window.location.pathname, window.location.search)
  if (page) window.history.replaceState(window.history.state, '', page)
}
