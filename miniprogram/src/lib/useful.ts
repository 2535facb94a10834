/** The first moment at which a page has shown something useful: what nobody waits for is left until then. */

let useful = false
let waiting: (() => void)[] = []

/** Said by every page when it has its first data; only the first counts. */
export function nowUseful(): void {
  useful = true
  const due = waiting
  waiting = []
  due.forEach((run) => run())
}

/** Runs it then, or at once if that has been. */
export function whenUseful(run: () => void): void {
  if (useful) run()
  else waiting.push(run)
}
