/** A word of the system while the app is open: the browser's notification; the mini-program buzzes and shows it itself. */

/** Whether the driver lets us. */
export type NotifyLeave = 'granted' | 'denied' | 'ask' | 'unsupported'

/** What holds now. */
export function notifyLeave(): NotifyLeave {
  let leave: NotifyLeave = 'unsupported'
  // #ifdef H5
  if (typeof Notification !== 'undefined') leave = Notification.permission === 'default' ? 'ask' : Notification.permission
  // #endif
  return leave
}

/** Asks the driver; only ever after a tap. */
export async function askToNotify(): Promise<NotifyLeave> {
  // #ifdef H5
  if (notifyLeave() === 'ask') await Notification.requestPermission()
  // #endif
  return notifyLeave()
}

/** Says it. Never the only place where it is said. */
export function notify(title: string, text: string, name: string): void {
  // #ifdef H5
  if (notifyLeave() === 'granted') {
    try {
      new Notification(title, { body: text, tag: name, lang: document.documentElement.lang })
    } catch {
      // Some phones allow notifications to service workers only: the page shows it all the same.
    }
  }
  // #endif
  // #ifdef MP-WEIXIN
  uni.vibrateLong({ fail: () => undefined })
  // #endif
  void title
  void text
  void name
}
