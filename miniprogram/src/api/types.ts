/** What a path of the API takes and gives, read off the generated description. */
import type { components, paths } from './schema'

/** Values of the API by their names there: `Schema['OrderView']`. */
export type Schema = components['schemas']

export type Verb = 'get' | 'post' | 'put' | 'delete'

/** Paths that have a verb. */
export type PathOf<V extends Verb> = {
  [P in keyof paths]: paths[P][V] extends { responses: unknown } ? P : never
}[keyof paths] & string

type Operation<P extends keyof paths, V extends Verb> = NonNullable<paths[P][V]>

type Content<R> = R extends { content: infer C } ? (C extends Record<string, infer B> ? B : undefined) : undefined

/** What a success gives. */
export type Answer<P extends keyof paths, V extends Verb> =
  Operation<P, V> extends { responses: infer R } ? Content<R[keyof R & (200 | 201 | 202 | 204)]> : never

type Part<O, Name extends 'path' | 'query'> = O extends { parameters: infer A }
  ? Name extends keyof A
    ? NonNullable<A[Name]>
    : never
  : never

export type SentTo<P extends keyof paths, V extends Verb> = Sent<Operation<P, V>>

type Sent<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined

/** An option that must be there when it has a required part. */
type Option<Name extends string, T> = [T] extends [never]
  ? { [K in Name]?: undefined }
  : object extends T
    ? { [K in Name]?: T }
    : { [K in Name]: T }

export type Options<P extends keyof paths, V extends Verb> = Option<'path', Part<Operation<P, V>, 'path'>> &
  Option<'query', Part<Operation<P, V>, 'query'>> & {
    /** Longest wait for one try. */
    timeoutMs?: number
  }

/** Keys of any of them. */
type KeysOf<T> = T extends unknown ? keyof T : never

/** A body without a key that the API does not know, since it refuses one: a value that is kept first escapes the compiler's own check. */
type Exactly<B, S> = B & { [K in Exclude<keyof B, KeysOf<S>>]: never }

export type Command<P extends keyof paths, V extends Verb, B = Sent<Operation<P, V>>> = Options<P, V> & {
  body: Exactly<B, Sent<Operation<P, V>>>
  /** The `Idempotency-Key`: keep it to try the same command again later. Made anew if left out. */
  key?: string
}
