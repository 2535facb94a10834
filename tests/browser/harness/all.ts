/** What the mini-program's tests take from here: the town, its street, and drivers by the API. */
export { Driver } from './driver.ts'
export { Street } from './street.ts'
export { Town } from './town.ts'
