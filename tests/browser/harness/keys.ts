/** A driver without finger and mouse: Tab goes on until the thing has the keyboard, Enter or Space presses it. */
import { expect } from '@playwright/test'
import type { App } from './app.ts'

/** More stops than any page has. */
const STOPS = 150

export class Keys {
  constructor(private readonly app: App) {}

  /** By Tab alone, from where the keyboard is; the thing must be seen then. */
  async reach(id: string, key?: string): Promise<void> {
    const about = key === undefined ? '' : `[data-key="${key}"]`
    await expect(this.app.at(id, key).first()).toBeVisible()
    for (let stop = 0; stop < STOPS; stop++) {
      await this.app.page.keyboard.press('Tab')
      const there = await this.app.page.evaluate((wanted) => {
        const here = document.activeElement
        return Boolean(here?.closest(wanted)) && (here as HTMLElement).getClientRects().length > 0
      }, `[data-testid="${id}"]${about}`)
      if (there) return
    }
    throw new Error(`Tab does not lead to ${id} ${key ?? ''}`)
  }

  async press(id: string, key?: string, by: 'Enter' | 'Space' = 'Enter'): Promise<void> {
    await this.reach(id, key)
    await this.app.page.keyboard.press(by)
  }

  /** In the place of what stands in the field. */
  async fill(id: string, text: string): Promise<void> {
    await this.reach(id)
    await this.app.page.keyboard.press('ControlOrMeta+a')
    await this.type(text)
  }

  /** Typed on the keyboard of the computer, wherever that is. */
  async type(text: string): Promise<void> {
    await this.app.page.keyboard.type(text)
  }
}
