/** A driver through the API alone: for what must have happened before a test begins, and for other people. */
import { randomUUID } from 'node:crypto'
import type { Town } from './town.ts'

interface Order { order_id: string; state: string; amount_fen?: number; total_fen?: number }

export class Driver {
  private constructor(private readonly town: Town, readonly phone: string, private readonly token: string) {}

  static async signIn(town: Town, phone: string): Promise<Driver> {
    const post = (path: string, body: unknown) => town.json<Record<string, string>>(path, request(body))
    const { sandbox_code } = await post('/api/v1/phone-codes', { phone })
    const { token } = await post('/api/v1/phone-sessions', { phone, code: sandbox_code })
    if (!token) throw new Error(`${phone} got no session`)
    return new Driver(town, phone, token)
  }

  /** The order's id, if the claim was bound at once. */
  async claim(bay: string, plate: string): Promise<string | undefined> {
    const answer = await this.post<{ order_id?: string }>('/api/v1/claims', { bay_code: bay, plate })
    return answer.order_id
  }

  /** The newest order, once it is in that state. */
  async orderWhen(state: string): Promise<Order> {
    const [order] = await this.ordersWhen(state, 1)
    return order as Order
  }

  /** The newest ones, once so many are in that state. */
  async ordersWhen(state: string, count: number, withinMs = 45_000): Promise<Order[]> {
    const until = Date.now() + withinMs
    for (;;) {
      const { orders } = await this.get<{ orders: Order[] }>('/api/v1/orders')
      const found = orders.filter((one) => one.state === state)
      if (found.length >= count) return found
      if (Date.now() > until) throw new Error(`no order of ${this.phone} is ${state}: ${JSON.stringify(orders)}`)
      await new Promise((done) => setTimeout(done, 200))
    }
  }

  get<T>(path: string): Promise<T> {
    return this.town.json<T>(path, { headers: { Authorization: `Bearer ${this.token}` } })
  }

  post<T>(path: string, body: unknown): Promise<T> {
    const headers = { Authorization: `Bearer ${this.token}`, 'Idempotency-Key': randomUUID() }
    return this.town.json<T>(path, request(body, headers))
  }
}

function request(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } }
}
