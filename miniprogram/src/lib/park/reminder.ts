/**
 * When to remind a driver who is parked: before the price rises, before a limit, before hours in which nobody may park.
 *
 * Pure: city times in milliseconds go in. What comes is read from the order's running fee (the next step) and from the
 * lines of a quote over the day ahead (limits and hours, which name their own times).
 */

/** The order's `running`. */
export interface RunningFee {
  total_fen: number
  next_at?: string | null
  next_total_fen?: number | null
}

/** What is read of a line. */
export interface TimedLine {
  from: string
  to: string
  rule: string
}

export type ReminderKind =
  /** It costs nothing so far, and begins to. */
  | 'free_ends'
  /** The fee rises. */
  | 'price_step'
  /** The time limit is reached. */
  | 'limit'
  /** Hours begin in which nobody may park. */
  | 'not_permitted'
  /** Hours begin that cost nothing. */
  | 'free_begins'

export interface Reminder {
  kind: ReminderKind
  /** City time, ms. */
  at: number
  /** When to say so. */
  remindAt: number
  /** What it costs then, where that is known. */
  totalFen: number | null
}

/** Kinds that are worth a sound; the others are only shown. */
export const ALARMING: readonly ReminderKind[] = ['free_ends', 'price_step', 'limit', 'not_permitted']

const LIMITS: Readonly<Record<string, ReminderKind>> = {
  beyond_limit: 'limit',
  not_permitted: 'not_permitted',
  free_window: 'free_begins',
}

/** What is ahead of somebody who is parked, soonest first; one of each kind. */
export function reminders(running: RunningFee | null, ahead: readonly TimedLine[], now: number, leadMin: number): Reminder[] {
  const found: Reminder[] = []
  const step = stepOf(running, leadMin)
  if (step && step.at > now) found.push(step)
  for (const line of ahead) {
    const kind = LIMITS[line.rule]
    const at = Date.parse(line.from)
    if (!kind || !(at > now) || found.some((known) => known.kind === kind)) continue
    found.push({ kind, at, remindAt: at - leadMin * 60_000, totalFen: null })
  }
  return found.sort((a, b) => a.at - b.at)
}

function stepOf(running: RunningFee | null, leadMin: number): Reminder | null {
  if (!running?.next_at) return null
  const at = Date.parse(running.next_at)
  if (Number.isNaN(at)) return null
  const kind = running.total_fen === 0 ? 'free_ends' : 'price_step'
  return { kind, at, remindAt: at - leadMin * 60_000, totalFen: running.next_total_fen ?? null }
}

/** A name by which a reminder is given once. */
export function nameOfReminder(orderId: string, reminder: Reminder): string {
  return `${orderId}:${reminder.kind}:${reminder.at}`
}

/** Those that are to be given now and were not given yet. */
export function dueNow(list: readonly Reminder[], now: number, orderId: string, given: ReadonlySet<string>): Reminder[] {
  return list.filter(
    (reminder) =>
      ALARMING.includes(reminder.kind) &&
      reminder.remindAt <= now &&
      now < reminder.at &&
      !given.has(nameOfReminder(orderId, reminder)),
  )
}
