/** Cells by RFC 4180; formulas by what OWASP lists under "CSV injection". */
import { describe, expect, it } from 'vitest'
import { csvCell, csvFile, csvMoney, csvNumber } from '@/components/history/csv'
import { utf8 } from '@/lib/bytes'

describe('a cell', () => {
  it.each([
    ['甘D·12345', '甘D·12345'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
    ['=1+1', "'=1+1"],
    ['+86 138', "'+86 138"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['＝1+1', "'＝1+1"],
  ])('%j becomes %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell)
  })

  it('leaves numbers below zero as numbers', () => {
    expect(csvCell('-3.00')).toBe('-3.00')
    expect(csvCell('-3.00=')).toBe("'-3.00=")
  })
})

it('a long number keeps its digits', () => {
  // A spreadsheet's number has 15 digits: 26622000000000000017 would become 26622000000000000000.
  expect(csvCell(csvNumber('26622000000000000017'))).toBe('"26622000000000000017\t"')
  expect(csvNumber('3.00')).toBe('3.00')
  expect(csvNumber('')).toBe('')
})

it('a file has a mark, and lines that end in CR LF', () => {
  expect(csvFile(['车牌', '金额'], [['甘D·12345', '3.00'], ['a,b', '-1.50']])).toBe('\uFEFF车牌,金额\r\n甘D·12345,3.00\r\n"a,b",-1.50\r\n')
})

it.each([
  [0, '0.00'],
  [5, '0.05'],
  [300, '3.00'],
  [-5, '-0.05'],
  [-12345, '-123.45'],
  // 0.1 + 0.2 in floats would be 0.30000000000000004.
  [30, '0.30'],
])('%i fen is %s', (fen, text) => {
  expect(csvMoney(fen)).toBe(text)
})

it('the bytes are UTF-8, with its mark first', () => {
  // The mark is EF BB BF; 甘 is U+7518, E7 94 98; · is U+00B7; 𠮷 is U+20BB7, beyond the first plane.
  expect([...new Uint8Array(utf8('\uFEFF甘D·𠮷'))]).toEqual([
    0xef, 0xbb, 0xbf, 0xe7, 0x94, 0x98, 0x44, 0xc2, 0xb7, 0xf0, 0xa0, 0xae, 0xb7,
  ])
  const text = '白银 ￥3.00 — é €'
  expect([...new Uint8Array(utf8(text))]).toEqual([...new TextEncoder().encode(text)])
})
