/** Errors in words: what happened and what to do, by the code of the API. */
import { t, tMaybe } from '@/locale'
import { ApiFailure, codeOf } from '@/api/client'

/** Areas of the texts that may have words for a code, in order: `me.error.<code>`, then the common ones. */
export function explain(error: unknown, ...areas: string[]): string {
  const code = codeOf(error)
  for (const area of [...areas, 'common']) {
    const words = tMaybe(`${area}.error.${code}`)
    if (words) return words
  }
  if (!(error instanceof ApiFailure)) return t('common.error.internal')
  if (error.status === 429) return t('common.error.too_often')
  if (error.status >= 500) return t('common.error.service')
  return error.detail ? t('common.error.other', { detail: error.detail }) : t('common.error.service')
}
