/** Small words about things that come as codes or numbers. */

/** `120 米`, `1.2 公里`; `120 m`, `1.2 km`. */
export function distanceText(metres: number, language: 'zh' | 'en'): string {
  if (metres < 995) {
    const round = metres < 100 ? Math.round(metres / 5) * 5 : Math.round(metres / 10) * 10
    return language === 'zh' ? `${round} 米` : `${round} m`
  }
  const km = (metres / 1000).toFixed(metres < 9950 ? 1 : 0)
  return language === 'zh' ? `${km} 公里` : `${km} km`
}

/** `步行 120 米约 2 分钟`: minutes on foot at 75 m a minute, at least one. */
export function walkMinutes(metres: number): number {
  return Math.max(1, Math.round(metres / 75))
}

/** The bay code in a scanned text: a code as painted, or the address `…/b/CODE`; undefined if neither. */
export function bayCodeIn(scanned: string): string | undefined {
  const text = scanned.trim()
  const address = /\/b\/([A-Za-z0-9]{4,12})\/?(?:[?#].*)?$/.exec(text)
  const query = /[?&]code=([A-Za-z0-9]{4,12})(?:[&#]|$)/.exec(text)
  const code = address?.[1] ?? query?.[1] ?? (/^[A-Za-z0-9]{4,12}$/.test(text) ? text : undefined)
  return code?.toUpperCase()
}
