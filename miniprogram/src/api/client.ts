/**
 * The gateway's API, typed on its own description.
 *
 * Adds who is asking, renews the session once when it is refused, tries again when the network failed (a command
 * with its key, so that it is done once), and throws an `ApiFailure` for whatever is no success.
 */
import { apiOrigin, request, Unreachable, type Ask, type Heard } from '@/lib/platform'
import { setClock, type Moment } from '@/lib/clock'
import { ApiFailure, OFFLINE, failureOf } from './failure'
import { newKey } from './key'
import type { Answer, Command, Options, PathOf, SentTo } from './types'

export { ApiFailure, OFFLINE, SIGNED_OUT, codeOf, isOffline } from './failure'
export { newKey } from './key'
export type { Schema } from './types'

/** What the client must know of the rest of the app; set once at the start. */
export interface Around {
  token(): string | undefined
  /** Tries to get a new token after `refused`; undefined if the driver must sign in. */
  renew(refused: string): Promise<string | undefined>
  language(): 'zh' | 'en'
  /** Told after each try whether the gateway answered. */
  reached(answered: boolean): void
}

let around: Around = {
  token: () => undefined,
  renew: () => Promise.resolve(undefined),
  language: () => 'zh',
  reached: () => undefined,
}

/** Connects the client to session and settings. */
export function connect(to: Around): void {
  around = to
}

/** Pauses before the second and third try of a request that met no network. */
export const RETRY_AFTER_MS = [400, 1500]

interface Loose {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  key?: string
  timeoutMs?: number
}

export const api = {
  get: <P extends PathOf<'get'>>(path: P, options?: Options<P, 'get'>) =>
    json<Answer<P, 'get'>>('GET', path, (options ?? {}) as Loose),
  post: <P extends PathOf<'post'>, B extends SentTo<P, 'post'>>(path: P, command: Command<P, 'post', B>) =>
    json<Answer<P, 'post'>>('POST', path, command as Loose),
  put: <P extends PathOf<'put'>, B extends SentTo<P, 'put'>>(path: P, command: Command<P, 'put', B>) =>
    json<Answer<P, 'put'>>('PUT', path, command as Loose),
  del: <P extends PathOf<'delete'>>(path: P, options?: Options<P, 'delete'>) =>
    json<Answer<P, 'delete'>>('DELETE', path, (options ?? {}) as Loose),
  /** A document as bytes, with its media type. */
  bytes: async <P extends PathOf<'get'>>(path: P, options?: Options<P, 'get'>) => {
    const heard = await ask('GET', path, (options ?? {}) as Loose, { as: 'bytes' })
    return { bytes: heard.bytes ?? new ArrayBuffer(0), contentType: heard.headers['content-type'] ?? '' }
  },
  /** Sends a photo or another file as it is. */
  upload: async <P extends PathOf<'put'>>(path: P, options: Options<P, 'put'>, bytes: ArrayBuffer, contentType: string) => {
    const heard = await ask('PUT', path, options as Loose, { body: bytes, contentType })
    return parsed<Answer<P, 'put'>>(heard)
  },
}

async function json<T>(method: Ask['method'], path: string, given: Loose): Promise<T> {
  const body = given.body === undefined ? undefined : JSON.stringify(given.body)
  return parsed<T>(await ask(method, path, given, { body, contentType: 'application/json' }))
}

interface Wire {
  body?: string | ArrayBuffer
  contentType?: string
  as?: 'bytes'
}

async function ask(method: Ask['method'], path: string, given: Loose, wire: Wire): Promise<Heard> {
  const headers: Record<string, string> = { 'Accept-Language': around.language() === 'zh' ? 'zh-CN' : 'en' }
  if (wire.body !== undefined && wire.contentType) headers['Content-Type'] = wire.contentType
  if (method === 'POST') headers['Idempotency-Key'] = given.key ?? newKey()
  const url = `${apiOrigin()}${addressOf(path, given)}`
  const sent: Ask = { method, url, headers, body: wire.body, as: wire.as, timeoutMs: given.timeoutMs }
  const heard = await signed(sent)
  if (heard.status >= 200 && heard.status < 300) return heard
  throw failureOf(heard.status, heard.text || decoded(heard.bytes))
}

/** With the token; once more with a new one when it is refused. */
async function signed(sent: Ask): Promise<Heard> {
  const token = around.token()
  const first = await tried(withToken(sent, token))
  if (first.status !== 401 || !token) return first
  const renewed = await around.renew(token)
  return renewed ? tried(withToken(sent, renewed)) : first
}

/** Up to three tries against a network that fails; the key makes a command safe to repeat. */
async function tried(sent: Ask): Promise<Heard> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const heard = await request(sent)
      around.reached(true)
      return heard
    } catch (error) {
      const pause = RETRY_AFTER_MS[attempt]
      if (error instanceof Unreachable && pause !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, pause))
        continue
      }
      around.reached(false)
      throw new ApiFailure(OFFLINE, 'offline', error instanceof Error ? error.message : String(error), 0)
    }
  }
}

function withToken(sent: Ask, token: string | undefined): Ask {
  return token ? { ...sent, headers: { ...sent.headers, Authorization: `Bearer ${token}` } } : sent
}

/** The path with its variable parts filled in, and the query; what is undefined is left out. */
export function addressOf(path: string, { path: parts = {}, query = {} }: Pick<Loose, 'path' | 'query'>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String(parts[name] ?? '')))
  const asked = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return asked.length > 0 ? `${filled}?${asked.join('&')}` : filled
}

function parsed<T>(heard: Heard): T {
  if (heard.text === '') return undefined as T
  let value: unknown
  try {
    value = JSON.parse(heard.text)
  } catch {
    throw new ApiFailure('answer_unreadable', 'unreadable', 'the answer is no JSON', heard.status)
  }
  const moment = value as Partial<Moment> | null
  if (typeof moment?.now === 'string' && typeof moment.speed === 'number') setClock({ now: moment.now, speed: moment.speed })
  return value as T
}

function decoded(bytes: ArrayBuffer | undefined): string {
  return bytes ? String.fromCharCode(...new Uint8Array(bytes.slice(0, 4096))) : ''
}
