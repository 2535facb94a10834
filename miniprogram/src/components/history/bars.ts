/** The shape of the chart of months. */

const NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** How high a bar is, in whole per cent of the highest; something that is more than nothing can be seen, what is below 0 has no bar. */
export function shareOf(fen: number, most: number): number {
  if (fen <= 0 || most <= 0) return 0
  return Math.max(2, Math.round((fen * 100) / most))
}

/** A month under its bar: `11月`, `Nov`. */
export function monthLabel(month: string, language: 'zh' | 'en'): string {
  const number = Number(month.slice(5))
  return language === 'zh' ? `${number}月` : (NAMES[number - 1] ?? month)
}

/** A month in a sentence: `2026年11月`, `November 2026` as `Nov 2026`. */
export function monthName(month: string, language: 'zh' | 'en'): string {
  const year = month.slice(0, 4)
  return language === 'zh' ? `${year}年${monthLabel(month, language)}` : `${monthLabel(month, language)} ${year}`
}
