/** All areas of the texts in one value. */
export { default as common } from '@/locale/en/common'
export { default as find } from '@/locale/en/find'
export { default as park } from '@/locale/en/park'
export { default as invoice } from '@/locale/en/invoice'
export { default as me } from '@/locale/en/me'
