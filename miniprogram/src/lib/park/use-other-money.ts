/** Paying an order by other means than a cashier: a prepaid balance, a coupon. Each is done once however often it is tapped. */
import { computed, ref, shallowRef } from 'vue'
import { api, type Schema } from '@/api/client'
import { doOnce } from './once-here'
import { errorText } from './said'

export function useOtherMoney(orderId: () => string, changed: () => Promise<void>) {
  const balances = shallowRef<Schema['BalanceView'][]>([])
  const balanceFen = computed(() => balances.value.reduce((sum, one) => sum + one.balance_fen, 0))
  const busy = ref<'' | 'balance' | 'coupon'>('')
  const wrong = ref('')

  async function load(): Promise<void> {
    const found = await api.get('/api/v1/prepaid').catch(() => null)
    balances.value = found?.balances ?? []
  }

  async function doing(what: 'balance' | 'coupon', work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = what
    wrong.value = ''
    try {
      await work()
      await changed()
      return true
    } catch (error) {
      wrong.value = errorText(error, 'pay')
      return false
    } finally {
      busy.value = ''
    }
  }

  /** Pays from the balance; a part if it does not suffice. */
  function payFromBalance(amountFen: number): Promise<boolean> {
    const body = { part: balanceFen.value < amountFen }
    const order_id = orderId()
    return doing('balance', async () => {
      await doOnce(`balance.${order_id}`, body, (key) =>
        api.post('/api/v1/orders/{order_id}/balance-payments', { path: { order_id }, body, key }),
      )
      await load()
    })
  }

  /** Puts a coupon on the order; it becomes a line of the bill. */
  function useCoupon(code: string): Promise<boolean> {
    const body = { code }
    const order_id = orderId()
    return doing('coupon', () =>
      doOnce(`coupon.${order_id}`, body, (key) => api.post('/api/v1/orders/{order_id}/coupons', { path: { order_id }, body, key })),
    )
  }

  return { balanceFen, busy, wrong, load, payFromBalance, useCoupon }
}
