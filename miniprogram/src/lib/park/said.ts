/** Why something did not work, in words: by the code of the API, in the area of the page, else in general. */
import { codeOf } from '@/api/client'
import { explain } from '@/lib/explain'
import { t, tMaybe } from '@/locale'

/** Areas of the texts that have reasons of their own. */
export type Area = 'pay' | 'fix' | 'appeal' | 'price'

/** The words for a code; undefined if there are none of these pages. */
function own(code: string, area?: Area): string | undefined {
  const near = area ? tMaybe(`park.${area}.why.${code}`) : undefined
  return near ?? tMaybe(`park.why.${code}`) ?? tMaybe(`park.pay.why.${code}`)
}

/** The words for a code. */
export function whyText(code: string, area?: Area): string {
  return own(code, area) ?? t('park.why.other')
}

/** The words for an error. */
export function errorText(error: unknown, area?: Area): string {
  return own(codeOf(error), area) ?? explain(error, 'park')
}
