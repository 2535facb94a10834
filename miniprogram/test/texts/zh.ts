/** All areas of the texts in one value. */
export { default as common } from '@/locale/zh/common'
export { default as find } from '@/locale/zh/find'
export { default as park } from '@/locale/zh/park'
export { default as invoice } from '@/locale/zh/invoice'
export { default as me } from '@/locale/zh/me'
