/** The three routes of a payment, behind one pair of questions: start it, and how far is it. */
import { api } from '@/api/client'
import type { Attempt, Method, Subject } from './payment'

/** More that a route needs. */
export interface Extra {
  /** WeChat's code, for a bay inside WeChat; works once. */
  wechatCode?: string
  /** It is the mini-program's. */
  mini?: boolean
}

/** Starts an attempt, or goes on with the one that is pending. The same key gives the same attempt. */
export async function startAttempt(subject: Subject, method: Method, key: string, extra: Extra = {}): Promise<Attempt> {
  switch (subject.kind) {
    case 'order':
      return api.post('/api/v1/orders/{order_id}/payments', {
        path: { order_id: subject.orderId },
        body: { channel: 'wechat', method },
        key,
      })
    case 'bay': {
      const code = extra.wechatCode ? { wechat_code: extra.wechatCode, mini_program: extra.mini ?? false } : {}
      return api.post('/api/v1/bays/{bay_code}/pay', {
        path: { bay_code: subject.bayCode },
        body: { method, ...code },
        key,
      })
    }
    case 'joint':
      return api.post('/api/v1/arrears/payments', {
        body: { order_ids: subject.orderIds, channel: 'wechat', method },
        key,
      })
  }
}

/** How far an attempt is; null if it is not among the order's. */
export async function lookAtAttempt(subject: Subject, paymentId: string): Promise<Attempt | null> {
  switch (subject.kind) {
    case 'order': {
      const order = await api.get('/api/v1/orders/{order_id}', { path: { order_id: subject.orderId } })
      return order.payments.find((payment) => payment.payment_id === paymentId) ?? null
    }
    case 'bay':
      return api.get('/api/v1/bays/{bay_code}/pay/{payment_id}', {
        path: { bay_code: subject.bayCode, payment_id: paymentId },
      })
    case 'joint':
      return api.get('/api/v1/arrears/payments/{payment_id}', { path: { payment_id: paymentId } })
  }
}
