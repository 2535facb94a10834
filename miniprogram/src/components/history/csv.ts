/**
 * A table as CSV that spreadsheets read as what it is: UTF-8 with a byte order mark (so that they see Chinese), lines that end in
 * CR LF (RFC 4180), and no cell that a spreadsheet would run as a formula.
 */

const MARK = '\uFEFF'
/** With these a cell becomes a formula, or hides one behind a tab or a line's end. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
/** What a plain number looks like; it may begin with a minus. */
const NUMBER = /^-?\d+(\.\d+)?$/

/** One cell. */
export function csvCell(value: string): string {
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replace(/"/g, '""')}"` : text
}

/** A long number that is a name (of an invoice, say): with a tab after it spreadsheets leave all its digits, as banks' exports do. */
export function csvNumber(value: string): string {
  return /^\d{12,}$/.test(value) ? `${value}\t` : value
}

/** Head and rows as the text of a file. */
export function csvFile(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map(csvCell).join(','))
  return `${MARK}${lines.join('\r\n')}\r\n`
}

/** An amount in whole fen as a number with two decimals, reckoned without floats. */
export function csvMoney(fen: number): string {
  const whole = Math.abs(fen)
  const rest = whole % 100
  return `${fen < 0 ? '-' : ''}${(whole - rest) / 100}.${String(rest).padStart(2, '0')}`
}
