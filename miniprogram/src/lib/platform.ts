/**
 * The edge: the only place that touches `uni.*`, `wx.*` and the browser's window.
 *
 * Everything else asks for what it needs in words of the trade, so that a test replaces this one module.
 */
export * from './platform/request'
export * from './platform/storage'
export * from './platform/pages'
export * from './platform/device'
export * from './platform/focus'
export * from './platform/place'
export * from './platform/files'
export * from './platform/wechat'
