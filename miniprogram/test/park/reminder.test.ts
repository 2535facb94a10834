/** Reminders: the demo's tariff by hand (30 min free, then 2 yuan for the first two hours, 1 yuan an hour; free from 21:00). */
import { describe, expect, it } from 'vitest'
import { dueNow, nameOfReminder, reminders } from '@/lib/park/reminder'

const at = (clock: string): number => Date.parse(`2026-09-15T${clock}:00+08:00`)
const text = (clock: string): string => `2026-09-15T${clock}:00+08:00`

describe('what is ahead', () => {
  it('is the end of the free minutes, then the free evening', () => {
    const running = { total_fen: 0, next_at: text('08:30'), next_total_fen: 200 }
    const lines = [
      { from: text('08:00'), to: text('21:00'), rule: 'tier' },
      { from: text('21:00'), to: '2026-09-16T07:00:00+08:00', rule: 'free_window' },
    ]
    expect(reminders(running, lines, at('08:10'), 10)).toEqual([
      { kind: 'free_ends', at: at('08:30'), remindAt: at('08:20'), totalFen: 200 },
      { kind: 'free_begins', at: at('21:00'), remindAt: at('20:50'), totalFen: null },
    ])
  })

  it('is the next step once it costs something', () => {
    const running = { total_fen: 200, next_at: text('10:00'), next_total_fen: 300 }
    expect(reminders(running, [], at('08:40'), 5)).toEqual([
      { kind: 'price_step', at: at('10:00'), remindAt: at('09:55'), totalFen: 300 },
    ])
  })

  it('names the limit and hours without parking, each once, soonest first', () => {
    const lines = [
      { from: text('12:00'), to: text('14:00'), rule: 'beyond_limit' },
      { from: text('11:00'), to: text('12:00'), rule: 'not_permitted' },
      { from: text('18:00'), to: text('19:00'), rule: 'not_permitted' },
    ]
    const kinds = reminders(null, lines, at('09:00'), 10).map((reminder) => [reminder.kind, reminder.at])
    expect(kinds).toEqual([
      ['not_permitted', at('11:00')],
      ['limit', at('12:00')],
    ])
  })

  it('is nothing once the day is capped, and nothing that has passed', () => {
    expect(reminders({ total_fen: 500, next_at: null, next_total_fen: null }, [], at('15:00'), 10)).toEqual([])
    const passed = { total_fen: 0, next_at: text('08:30'), next_total_fen: 200 }
    expect(reminders(passed, [], at('08:30'), 10)).toEqual([])
  })
})

describe('when to say so', () => {
  const list = reminders({ total_fen: 0, next_at: text('08:30'), next_total_fen: 200 }, [], at('08:00'), 10)

  it('is from the lead on until it happens, once', () => {
    const none = new Set<string>()
    expect(dueNow(list, at('08:19'), 'o1', none)).toEqual([])
    expect(dueNow(list, at('08:20'), 'o1', none)).toEqual(list)
    expect(dueNow(list, at('08:30'), 'o1', none)).toEqual([])
    const given = new Set(list.map((reminder) => nameOfReminder('o1', reminder)))
    expect(dueNow(list, at('08:25'), 'o1', given)).toEqual([])
    expect(dueNow(list, at('08:25'), 'o2', given)).toEqual(list)
  })

  it('is never for good news', () => {
    const evening = reminders(null, [{ from: text('21:00'), to: text('23:00'), rule: 'free_window' }], at('20:00'), 10)
    expect(dueNow(evening, at('20:55'), 'o1', new Set())).toEqual([])
  })
})
