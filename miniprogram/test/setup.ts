/** What the sources expect to be there: a store of uni-app's in memory. Everything else is mocked where it is used. */
import { beforeEach, vi } from 'vitest'

const kept = new Map<string, string>()

vi.stubGlobal('uni', {
  getStorageSync: (name: string) => kept.get(name) ?? '',
  setStorageSync: (name: string, value: string) => void kept.set(name, value),
  removeStorageSync: (name: string) => void kept.delete(name),
  getAppBaseInfo: () => ({ language: 'zh-CN', appVersion: '0' }),
  getWindowInfo: () => ({ windowWidth: 375, statusBarHeight: 0 }),
  showToast: () => undefined,
})

beforeEach(() => kept.clear())
