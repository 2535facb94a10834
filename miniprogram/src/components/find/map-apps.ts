/** Which map apps to offer on a phone or a computer, of those that the gateway leads to. Pure. */
import type { DeviceKind } from '@/lib/platform/screen'

export interface HandOver {
  app: string
  datum: string
  lon: number
  lat: number
  name: string
  link: string | null
}

const ORDER: Record<DeviceKind, readonly string[]> = {
  wechat: ['wechat'],
  ios: ['amap_ios', 'tencent_app', 'baidu_app', 'apple', 'google'],
  android: ['amap_android', 'tencent_app', 'baidu_app', 'google'],
  computer: ['amap_web', 'tencent_web', 'baidu_web', 'google'],
}

/** The map apps in the order in which they are offered. */
export function appsFor(device: DeviceKind, apps: readonly HandOver[]): HandOver[] {
  return ORDER[device].flatMap((name) => apps.filter((over) => over.app === name))
}

/** What the app is called, without its kind: `amap` of `amap_ios`. */
export function appName(app: string): string {
  return app.split('_')[0] ?? app
}
