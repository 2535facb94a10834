/**
 * The app as a driver uses it: what is tapped and read, by the ids of the pages. Knows no text in any language, so
 * that a journey is the same in Chinese and in English.
 */
import { expect, type Locator, type Page } from '@playwright/test'
import type { Town } from './town.ts'

/** For jobs that talk to the sandbox, and for the merge gap after a vehicle has left. */
export const PATIENCE = { timeout: 45_000 }

export class App {
  constructor(readonly page: Page, readonly town: Town) {}

  /** Opens a page by its address and waits until it shows something useful. */
  async open(path: string, page: string): Promise<void> {
    await this.page.goto(`${this.town.url}${path}`)
    await this.shows(page)
  }

  /** The page is there and has its first data, or says why not. */
  async shows(name: string): Promise<void> {
    const page = this.at(`page-${name}`)
    await expect(page).toBeVisible(PATIENCE)
    await expect(page).toHaveAttribute('data-ready', 'true', PATIENCE)
  }

  /** Pages lie on top of one another: only what can be seen counts. */
  at(id: string, key?: string): Locator {
    const about = key === undefined ? '' : `[data-key="${key}"]`
    return this.page.locator(`[data-testid="${id}"]${about}:visible`)
  }

  async tap(id: string, key?: string): Promise<void> {
    await this.at(id, key).first().click()
  }

  /** Types into a field; on H5 the real input lies inside uni-app's. */
  async fill(id: string, text: string): Promise<void> {
    const field = this.at(id).locator('xpath=descendant-or-self::*[self::input or self::textarea]')
    await field.first().fill(text)
  }

  async text(id: string): Promise<string> {
    return (await this.at(id).first().innerText()).trim()
  }

  /** An amount as the page has it, in fen. */
  async fen(id: string): Promise<number> {
    const amount = this.at(id).first().locator('xpath=descendant-or-self::*[@data-fen]').first()
    return Number(await amount.getAttribute('data-fen', { timeout: PATIENCE.timeout }))
  }

  async expectState(id: string, state: string): Promise<void> {
    const tag = this.at(id).first().locator(`xpath=descendant-or-self::*[@data-state="${state}"]`)
    await expect(tag.first()).toBeVisible(PATIENCE)
  }

  async speak(language: 'zh' | 'en'): Promise<void> {
    await this.open('/pages/me/settings', 'settings')
    await this.tap(`set-language-${language}`)
    await expect(this.page.locator('html')).toHaveAttribute('lang', language === 'zh' ? /^zh/ : /^en/)
  }

  /** By the code that the sandbox shows, as a driver with a phone would by the one in a message. */
  async signIn(phone: string): Promise<void> {
    await this.open('/pages/me/sign-in?next=/pages/me/index', 'sign-in')
    await this.fill('sign-phone', phone)
    await this.tap('sign-send')
    await expect(this.at('sandbox-code')).toHaveText(/\d{4,}/)
    const code = /\d{4,}/.exec(await this.text('sandbox-code'))?.[0] ?? ''
    await this.fill('sign-code', code)
    await this.tap('sign-submit')
    await expect(this.at('page-sign-in')).toBeHidden(PATIENCE)
  }

  /** By the app's own keyboard, character by character. */
  async typePlate(plate: string): Promise<void> {
    await this.tap('claim-plate')
    for (const letter of plate) await this.tap('plate-key', letter)
    await this.tap('plate-done')
  }

  /** Claims a bay for a plate; the page then says what became of it. */
  async claim(bay: string, plate: string): Promise<void> {
    await this.open(`/pages/park/claim?code=${bay}`, 'claim')
    await this.typePlate(plate)
    await this.tap('claim-send')
  }

  /** From what is to be paid to the way back from the cashier; the app marks it as a sandbox before. */
  async payByWechat(): Promise<void> {
    await this.tap('pay-wechat')
    await this.payAtSandbox()
  }

  async payAtSandbox(): Promise<void> {
    const go = this.at('sandbox-confirm').first()
    await expect(go).toBeVisible(PATIENCE)
    await expect(this.at('sandbox-mark').first()).toBeVisible()
    await go.click()
    await this.confirmAtCashier()
  }

  /** At the sandbox's cashier, whose page is where WeChat's would be; it sends the phone back. */
  async confirmAtCashier(): Promise<void> {
    const confirm = this.page.getByTestId('cashier-confirm')
    await confirm.click(PATIENCE)
    await expect(this.page).toHaveURL((url) => url.origin === this.town.url, PATIENCE)
  }
}
