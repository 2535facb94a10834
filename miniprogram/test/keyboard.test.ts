/** The keyboard on H5: a role is a promise, kept in one place for all elements. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openKeysToAll } from '@/lib/platform/keyboard'

let taps: string[] = []
const at = (id: string) => document.getElementById(id) as HTMLElement

/** Whether the browser was kept from doing what it does with the key. */
function key(id: string, pressed: KeyboardEventInit): boolean {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...pressed })
  at(id).dispatchEvent(event)
  return event.defaultPrevented
}

beforeAll(openKeysToAll)
beforeEach(() => {
  taps = []
  document.body.innerHTML = `
    <div id="button" role="button" tabindex="0"></div><div id="tab" role="tab" tabindex="0"></div><div id="link" role="link" tabindex="0"></div>
    <div id="tick" role="checkbox" tabindex="0"></div><div id="words" tabindex="0"></div><button id="native" role="button"></button>
    <div id="around" role="button" tabindex="0"><input id="field"></div>
    <div role="radiogroup"><div id="one" role="radio" tabindex="0"></div><div id="two" role="radio" tabindex="-1"></div></div>`
  document.body.onclick = (event) => void taps.push((event.target as HTMLElement).id)
})
afterEach(() => (document.body.onclick = null))

describe('Enter and Space', () => {
  it('tap whatever says that it can be pressed, and the page does not scroll', () => {
    for (const id of ['button', 'tab', 'link', 'tick', 'one']) {
      expect(key(id, { key: 'Enter' })).toBe(true)
      expect(key(id, { key: ' ' })).toBe(true)
    }
    expect(taps).toEqual(['button', 'button', 'tab', 'tab', 'link', 'link', 'tick', 'tick', 'one', 'one'])
  })

  it('are left to what knows them: words, native buttons, a field inside something that can be pressed', () => {
    for (const id of ['words', 'native', 'field']) expect(key(id, { key: ' ' })).toBe(false)
    expect(taps).toEqual([])
  })

  it('tap once however long they are held, and not with Ctrl', () => {
    key('button', { key: 'Enter' })
    key('button', { key: 'Enter', repeat: true })
    key('button', { key: 'Enter', ctrlKey: true })
    expect(taps).toEqual(['button'])
  })

  it('are not heard twice where a component has heard them', () => {
    at('button').addEventListener('keydown', (event) => event.preventDefault(), { once: true })
    key('button', { key: 'Enter' })
    expect(taps).toEqual([])
  })
})

describe('arrows', () => {
  it('go through the radios of a group, round and round', () => {
    key('one', { key: 'ArrowRight' })
    expect(document.activeElement).toBe(at('two'))
    key('two', { key: 'ArrowDown' })
    expect(document.activeElement).toBe(at('one'))
    key('one', { key: 'ArrowUp' })
    expect(taps).toEqual(['two', 'one', 'two'])
  })

  it('scroll the page elsewhere', () => {
    expect(key('button', { key: 'ArrowDown' })).toBe(false)
  })
})
