/** A double tap does it once, and a lost answer keeps its key. */
import { describe, expect, it } from 'vitest'
import { Once, type Keep } from '@/lib/park/once'

class Lost extends Error {}

function phone(): Keep & { size(): number } {
  const map = new Map<string, string>()
  return {
    get: (name) => map.get(name) ?? null,
    set: (name, value) => void map.set(name, value),
    remove: (name) => void map.delete(name),
    size: () => map.size,
  }
}

function keys(): () => string {
  let count = 0
  return () => `key-${++count}`
}

const isLost = (error: unknown): boolean => error instanceof Lost

describe('a double tap', () => {
  it('sends one request and gives both the same answer', async () => {
    const once = new Once(phone(), keys())
    const sent: string[] = []
    const send = async (key: string): Promise<string> => {
      sent.push(key)
      await Promise.resolve()
      return `paid by ${key}`
    }
    const both = await Promise.all([once.run('pay', { order: 1 }, send, isLost), once.run('pay', { order: 1 }, send, isLost)])
    expect(both).toEqual(['paid by key-1', 'paid by key-1'])
    expect(sent).toEqual(['key-1'])
  })

  it('gives the next command another key', async () => {
    const once = new Once(phone(), keys())
    const send = async (key: string): Promise<string> => key
    expect(await once.run('pay', 1, send, isLost)).toBe('key-1')
    expect(await once.run('pay', 1, send, isLost)).toBe('key-2')
  })
})

describe('a lost answer', () => {
  it('keeps the key, over a reload of the page', async () => {
    const kept = phone()
    const fail = (): Promise<string> => Promise.reject(new Lost())
    const newKey = keys()
    await expect(new Once(kept, newKey).run('claim', { bay: 'TS01' }, fail, isLost)).rejects.toBeInstanceOf(Lost)
    const again = await new Once(kept, newKey).run('claim', { bay: 'TS01' }, async (key) => key, isLost)
    expect(again).toBe('key-1')
    expect(kept.size()).toBe(0)
  })

  it('does not reuse the key for other content', async () => {
    const once = new Once(phone(), keys())
    const fail = (): Promise<string> => Promise.reject(new Lost())
    await expect(once.run('claim', { bay: 'TS01' }, fail, isLost)).rejects.toBeInstanceOf(Lost)
    expect(await once.run('claim', { bay: 'TS02' }, async (key) => key, isLost)).toBe('key-2')
  })
})

describe('a refusal', () => {
  it('settles the command', async () => {
    const once = new Once(phone(), keys())
    const refuse = (): Promise<string> => Promise.reject(new Error('stay_claimed'))
    await expect(once.run('claim', 1, refuse, isLost)).rejects.toThrow('stay_claimed')
    expect(await once.run('claim', 1, async (key) => key, isLost)).toBe('key-2')
  })

  it('survives a broken note on the phone', async () => {
    const kept = phone()
    kept.set('once.claim', '{half a no')
    expect(new Once(kept, keys()).keyFor('claim', 1)).toBe('key-1')
  })
})
