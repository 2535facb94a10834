/**
 * Reminders while parked: what is ahead of each visit, and a word of the phone when one is due. The next step of the price
 * comes with the order; limits and hours come from a quote over the day ahead, asked once an hour for each visit.
 */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '@/api/client'
import { t } from '@/locale'
import { moneyText } from '@/lib/money'
import { classOf, readPlate } from '@/lib/plate'
import { readStored, store } from '@/lib/platform'
import { askToNotify, notify, notifyLeave } from '@/lib/platform/notify'
import { clockText, iso, ms } from '@/lib/time'
import type { Order } from '@/stores/parking'
import { dueNow, nameOfReminder, reminders, type Reminder, type TimedLine } from './reminder'

const NAME = 'park.reminder'
const DAY_MS = 24 * 3_600_000
const AGAIN_AFTER_MS = 3_600_000

interface Choice {
  on: boolean
  leadMin: number
}

interface Ahead {
  at: number
  lines: readonly TimedLine[]
}

/** What a reminder says. */
export function reminderText(reminder: Reminder): string {
  const params = { at: clockText(reminder.at), money: reminder.totalFen === null ? '' : moneyText(reminder.totalFen) }
  return t(`park.reminder.${reminder.kind}`, params)
}

export function useReminders(visits: Ref<readonly Order[]>, now: Ref<number>) {
  const choice = ref<Choice>({ on: true, leadMin: 10, ...readStored<Choice>(NAME) })
  const leave = ref(notifyLeave())
  const ahead = shallowRef<Record<string, Ahead>>({})
  const given = new Set<string>()
  watch(choice, (value) => store(NAME, value), { deep: true })

  /** What is ahead, by order. */
  const byOrder = computed(() => {
    const list = visits.value.map((order) => {
      const lines = ahead.value[order.order_id]?.lines ?? []
      return [order.order_id, reminders(order.running ?? null, lines, now.value, choice.value.leadMin)] as const
    })
    return Object.fromEntries(list) as Record<string, Reminder[]>
  })

  watch(visits, (orders) => orders.forEach((order) => void look(order)), { immediate: true })
  watch(now, () => visits.value.forEach(remind))

  async function look(order: Order): Promise<void> {
    const stay = order.stays.find((one) => one.state === 'present')
    const known = ahead.value[order.order_id]
    if (!stay?.bay_code || (known && now.value - known.at < AGAIN_AFTER_MS)) return
    ahead.value = { ...ahead.value, [order.order_id]: { at: now.value, lines: known?.lines ?? [] } }
    const read = order.plate ? readPlate(order.plate) : null
    const vehicle_class = read?.ok ? classOf(read.form) : undefined
    const query = { bay_code: stay.bay_code, vehicle_class, from: stay.arrived_at, to: iso(now.value + DAY_MS) }
    try {
      const quote = await api.get('/api/v1/quote', { query })
      ahead.value = { ...ahead.value, [order.order_id]: { at: ms(quote.now), lines: quote.lines } }
    } catch {
      // Without a quote the next step of the price is known all the same.
    }
  }

  function remind(order: Order): void {
    if (!choice.value.on) return
    for (const reminder of dueNow(byOrder.value[order.order_id] ?? [], now.value, order.order_id, given)) {
      const name = nameOfReminder(order.order_id, reminder)
      given.add(name)
      notify(t('park.reminder.title'), reminderText(reminder), name)
    }
  }

  /** Switches them on or off; asks the browser for leave when it has to. */
  async function turn(on: boolean): Promise<void> {
    choice.value = { ...choice.value, on }
    if (on) leave.value = await askToNotify()
  }

  return { choice, leave, byOrder, turn }
}
