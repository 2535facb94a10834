/** Money as people read it, from whole fen. No float: digits are cut from the integer. */

const SIGNS: Record<string, string> = { CNY: '¥', HKD: 'HK$', MOP: 'MOP$', USD: 'US$', EUR: '€', GBP: '£', JPY: 'JP¥' }

/** Currencies whose smallest unit is the main unit. */
const WITHOUT_DECIMALS = new Set(['JPY', 'KRW'])

/** `¥3.00`, `-¥12.05`. The amount is in the currency's smallest unit. */
export function moneyText(fen: number, currency = 'CNY'): string {
  const sign = SIGNS[currency] ?? `${currency} `
  return `${fen < 0 ? '-' : ''}${sign}${digits(Math.abs(fen), currency)}`
}

/** As `moneyText`, with `+` before what is more than nothing: for a difference. */
export function differenceText(fen: number, currency = 'CNY'): string {
  return fen > 0 ? `+${moneyText(fen, currency)}` : moneyText(fen, currency)
}

/** Without the currency's sign: `12.05`, as a table or a CSV file has it. */
export function plainMoney(fen: number, currency = 'CNY'): string {
  return `${fen < 0 ? '-' : ''}${digits(Math.abs(fen), currency)}`
}

/** As a screen reader should say it: `3元5角` is not how people speak, `3.50元` is. */
export function spokenMoney(fen: number, language: 'zh' | 'en', currency = 'CNY'): string {
  if (currency !== 'CNY') return moneyText(fen, currency)
  const minus = fen < 0 ? (language === 'zh' ? '负' : 'minus ') : ''
  return `${minus}${digits(Math.abs(fen), currency)}${language === 'zh' ? '元' : ' yuan'}`
}

/** The sum; refuses what is no whole number or leaves the exact range. */
export function sumFen(amounts: readonly number[]): number {
  return amounts.reduce((sum, fen) => {
    const next = sum + fen
    if (!Number.isSafeInteger(fen) || !Number.isSafeInteger(next)) throw new RangeError('an amount is not whole fen')
    return next
  }, 0)
}

/** Yuan as typed (`12`, `12.5`, `12.05`) in fen; undefined for anything else. */
export function parseYuan(typed: string): number | undefined {
  const found = /^(\d{1,10})(?:[.。](\d{1,2}))?$/.exec(typed.trim())
  if (!found) return undefined
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
}

function digits(fen: number, currency: string): string {
  const text = String(fen)
  if (WITHOUT_DECIMALS.has(currency)) return grouped(text)
  const padded = text.padStart(3, '0')
  return `${grouped(padded.slice(0, -2))}.${padded.slice(-2)}`
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',')
}
