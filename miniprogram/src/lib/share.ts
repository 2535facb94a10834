/** Addresses that lead into the app: what a QR code on a bay holds, and what a friend is sent. */

/** The path of a bay's QR code. */
export function bayPath(bayCode: string): string {
  return `/b/${encodeURIComponent(bayCode)}`
}

/** Where the app goes for a path that a QR code or a link brought; undefined if it is one of its own pages. */
export function pageForPath(path: string, query = ''): string | undefined {
  const bay = /^\/b\/([^/]+)\/?$/.exec(path)
  if (bay?.[1]) return `/pages/pay/bay?code=${encodeURIComponent(safeDecode(bay[1]))}${query ? `&${query.replace(/^\?/, '')}` : ''}`
  return undefined
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
