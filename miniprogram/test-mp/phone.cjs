/**
 * A phone with the mini-program: loads compiled pages in the simulator that ships WeChat's own WXML compiler, opens
 * them as WeChat would, and lets a test tap, type and read by the pages' ids.
 *
 * It is a simulation: nothing is drawn, and native components do nothing by themselves.
 */
const { existsSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { JSDOM } = require('jsdom')

const ROOT = resolve(process.env.BOWEI_MP ?? join(__dirname, '../dist/build/mp-weixin'))
if (!existsSync(join(ROOT, 'app.json'))) throw new Error(`no mini-program in ${ROOT}: build it with \`make web\``)

const dom = new JSDOM('<!doctype html><body></body>', { url: 'http://localhost/', pretendToBeVisual: true })
const NAMES = ['document', 'HTMLElement', 'Element', 'Node', 'Event', 'CustomEvent', 'MutationObserver', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame']
for (const name of NAMES) globalThis[name] = dom.window[name]
globalThis.window = dom.window

const simulate = require('miniprogram-simulate')
const exparser = require('miniprogram-exparser')

const PATIENCE_MS = 45_000
const TABS = new Set(require(join(ROOT, 'app.json')).tabBar.list.map(({ pagePath }) => pagePath))
const stack = []

globalThis.Page = () => {}
globalThis.App = (app) => { globalThis.__app = app }
globalThis.getApp = () => globalThis.__app
globalThis.getCurrentPages = () => stack.map(({ instance }) => instance)

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms) })

/** As the simulator attaches, but with the page loaded before it is ready, which is WeChat's order. */
function attach(component, load) {
  const parent = document.createElement('div')
  parent.appendChild(component.dom)
  component.parentNode = parent
  exparser.Element.pretendAttached(component._exparserNode)
  load()
  ready(component._exparserNode)
}

/** What lies inside is ready first. */
function ready(node) {
  if (node instanceof exparser.Component && node.shadowRoot instanceof exparser.Element) ready(node.shadowRoot)
  for (const child of node.childNodes ?? []) if (child instanceof exparser.Element) ready(child)
  if (node instanceof exparser.Component) node.triggerLifeTime('ready')
}

class Phone {
  constructor(wechat) {
    this.wechat = wechat
    this.ids = new Map()
    wechat.install((how, url) => this.navigate(how, url))
    require(join(ROOT, 'app.js'))
    globalThis.__app?.onLaunch?.({ path: 'pages/find/index', query: {}, scene: 1001 })
    globalThis.__app?.onShow?.({ path: 'pages/find/index', query: {}, scene: 1001 })
  }

  get page() {
    return stack.at(-1)
  }

  navigate(how, url) {
    if (how === 'navigateBack') return this.back()
    if (how === 'switchTab' || how === 'reLaunch') while (stack.length) this.close()
    if (how === 'redirectTo') this.close()
    this.open(url)
  }

  /** Opens `/pages/…?name=value` over what is open, as WeChat does: load, show, ready. */
  open(address) {
    const [path, search = ''] = address.replace(/^\//, '').split('?')
    const query = Object.fromEntries(new URLSearchParams(search))
    // WeChat leaves the values as they stand in the address.
    for (const name of Object.keys(query)) query[name] = encodeURIComponent(query[name])
    if (!this.ids.has(path)) this.ids.set(path, simulate.load(join(ROOT, path), { rootPath: ROOT }))
    const component = simulate.render(this.ids.get(path))
    const { instance } = component
    Object.assign(instance, { route: path, __route__: path, is: path, options: query })
    stack.push({ path, component, instance })
    attach(component, () => {
      instance.onLoad?.(query)
      instance.onShow?.()
    })
  }

  close() {
    const { instance, component } = stack.pop() ?? {}
    instance?.onUnload?.()
    component?.detach()
  }

  back() {
    this.close()
    this.page?.instance.onShow?.()
  }

  /** The elements of that id, and what they are about. */
  all(id, key) {
    const elements = [...(this.page?.component.dom.querySelectorAll('*') ?? [])]
    const wanted = ({ __wxElement: element }) =>
      element?.dataset?.testid === id && (key === undefined || String(element.dataset.key) === key)
    return elements.filter(wanted)
  }

  async until(what, look) {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await look()
      if (found) return found
      if (Date.now() > end) throw new Error(`${what} did not happen; ${this.page?.path} shows: ${this.text()}`)
      await sleep(40)
    }
  }

  async find(id, key) {
    return this.until(`${id} ${key ?? ''} to be shown`, () => this.all(id, key)[0])
  }

  /** The page is there and has its first data. */
  async shows(name) {
    await this.until(`page ${name}`, () => this.all(`page-${name}`).some(({ __wxElement: page }) => String(page.dataset.ready) === 'true'))
  }

  /** A finger on the innermost thing, from where the event rises. */
  async tap(id, key) {
    let target = await this.find(id, key)
    while (target.firstElementChild?.__wxElement) target = target.firstElementChild
    this.fire(target, 'tap')
    await sleep(0)
  }

  async type(id, text) {
    const field = await this.find(id)
    const input = /input|textarea/i.test(field.tagName) ? field : field.querySelector('wx-input, wx-textarea') ?? field
    this.fire(input, 'input', { value: text, cursor: text.length })
    await sleep(0)
  }

  fire(element, name, detail = {}) {
    const event = exparser.Event.create(name, detail, { bubbles: true, capturePhase: true, composed: true, originalEvent: new window.CustomEvent(name), extraFields: { touches: [{}], changedTouches: [{}] } })
    exparser.Event.dispatchEvent(element.__wxElement, event)
  }

  async typePlate(plate) {
    await this.tap('claim-plate')
    for (const letter of plate) await this.tap('plate-key', letter)
    await this.tap('plate-done')
  }

  text() {
    return (this.page?.component.dom.textContent ?? '').replace(/\s+/g, ' ').trim().slice(0, 2000)
  }

  /** Amount and state as the pages have them. */
  async fen(id) {
    const about = await this.until(`${id} to have an amount`, () => this.data(id, 'fen'))
    return Number(about)
  }

  data(id, name) {
    const [element] = this.all(id)
    if (!element) return undefined
    const inside = [element, ...element.querySelectorAll('*')]
    return inside.map(({ __wxElement: one }) => one?.dataset?.[name]).find((value) => value !== undefined)
  }

  async expectState(id, state) {
    await this.until(`${id} to be ${state}`, () => this.data(id, 'state') === state)
  }
}

module.exports = { Phone, ROOT, TABS, sleep }
