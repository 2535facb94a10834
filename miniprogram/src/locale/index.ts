/**
 * Every text of the app, Chinese first, English second.
 *
 * `t('me.signIn.title')` reads the language of now, so what a template shows turns with it. `{name}` in a text is
 * filled in. An English text `one minute | {n} minutes` is chosen by `n`.
 */
import { ref } from 'vue'
import zhCommon from './zh/common'
import zhFind from './zh/find'
import zhInvoice from './zh/invoice'
import zhMe from './zh/me'
import zhPark from './zh/park'
import enCommon from './en/common'
import enFind from './en/find'
import enInvoice from './en/invoice'
import enMe from './en/me'
import enPark from './en/park'

export type Language = 'zh' | 'en'

const zh = { common: zhCommon, find: zhFind, park: zhPark, invoice: zhInvoice, me: zhMe }

/** The same keys with other words: a missing or superfluous one does not compile. */
export type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

const en: Same<typeof zh> = { common: enCommon, find: enFind, park: enPark, invoice: enInvoice, me: enMe }

type Leaves<T, Before extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Before}${K}` : Leaves<T[K], `${Before}${K}.`>
}[keyof T & string]

/** A text by its area and name. */
export type TextKey = Leaves<typeof zh>

export type Params = Record<string, string | number>

const TEXTS: Record<Language, object> = { zh, en }

/** The language of now; set by the settings only. */
export const language = ref<Language>('zh')

/** The text of a key in the language of now. */
export function t(key: TextKey, params: Params = {}): string {
  return fill(found(language.value, key) ?? key, params)
}

/** The text of a key that is built from a code of the API; undefined if there is none for it. */
export function tMaybe(key: string, params: Params = {}): string | undefined {
  const text = found(language.value, key)
  return text === undefined ? undefined : fill(text, params)
}

/** The text in a given language, whatever is shown now. */
export function textIn(which: Language, key: TextKey, params: Params = {}): string {
  return fill(found(which, key) ?? key, params)
}

function found(which: Language, key: string): string | undefined {
  const step = (value: unknown, name: string) =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  const text = key.split('.').reduce<unknown>(step, TEXTS[which])
  return typeof text === 'string' ? text : undefined
}

function fill(text: string, params: Params): string {
  const [one, many] = text.split(' | ')
  const chosen = many === undefined ? text : params.n === 1 ? (one ?? text) : many
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}
