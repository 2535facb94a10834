/**
 * What no page may do, watched in every test: speak to a foreign host, break the content policy, or fail in a script.
 *
 * The town and its sandbox are on loopback; everything else is foreign, is never let out, and fails the test.
 */
import { type BrowserContext, expect } from '@playwright/test'

const OURS = new Set(['127.0.0.1', 'localhost'])

export class Watch {
  private readonly foreign: string[] = []
  private readonly refusedByPolicy: string[] = []
  private readonly failures: string[] = []

  /** Must come before the first page is opened. */
  static async over(context: BrowserContext): Promise<Watch> {
    const watch = new Watch()
    await context.exposeBinding('__policyBroken', (_source, what: string) => void watch.refusedByPolicy.push(what))
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const told = window as unknown as { __policyBroken(what: string): void }
        told.__policyBroken(`${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`)
      })
    })
    await context.route((url) => /^(http|ws)/.test(url.protocol) && !OURS.has(url.hostname), (route) => {
      watch.foreign.push(route.request().url())
      return route.abort()
    })
    context.on('weberror', (error) => void watch.failures.push(String(error.error().stack ?? error.error())))
    return watch
  }

  /** At the end of a test. */
  expectNothing(): void {
    expect.soft(this.foreign, 'requests to foreign hosts').toEqual([])
    expect.soft(this.refusedByPolicy, 'what the content policy refused').toEqual([])
    expect.soft(this.failures, 'errors of scripts').toEqual([])
  }
}
