/** Where this page came from: the start of an address that another person can open. Empty in the mini-program. */
export function pageOrigin(): string {
  let origin = ''
  // #ifdef H5
  origin = window.location.origin
  // #endif
  return origin
}
