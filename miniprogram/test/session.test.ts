/** Sessions: kept on the device, renewed before they end, replaced unseen where WeChat can. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

const posted: string[] = []
const device = { mini: false, code: undefined as string | undefined }

vi.mock('@/lib/platform', async () => ({
  ...(await import('@/lib/platform/storage')),
  isMiniProgram: () => device.mini,
  wechatCode: () => Promise.resolve(device.code),
}))
vi.mock('@/api/client', () => ({
  api: {
    post: (path: string) => {
      posted.push(path)
      return Promise.resolve({ token: `token-${posted.length}`, account_id: 'lin', expires_at: '2099-01-01T00:00:00Z' })
    },
  },
}))

const { useSession } = await import('@/stores/session')
const DAY = 24 * 3_600_000
const soon = (ms: number) => ({ token: 'old', account_id: 'lin', expires_at: new Date(ms).toISOString() })

beforeEach(() => {
  setActivePinia(createPinia())
  posted.length = 0
  device.mini = false
  device.code = undefined
})

describe('a session', () => {
  it('outlives the app', async () => {
    await useSession().signInByPhone('13812345678', '123456')
    setActivePinia(createPinia())
    expect(useSession().token).toBe('token-1')
  })

  it('that ends within ten days is renewed, another is left alone, one that ended needs the driver', async () => {
    const session = useSession()
    session.take(soon(11 * DAY))
    await session.freshen(0)
    session.take(soon(-DAY))
    await session.freshen(0)
    expect(posted).toEqual([])
    session.take(soon(9 * DAY))
    await session.freshen(0)
    expect(posted).toEqual(['/api/v1/sessions/renewal'])
    expect(session.token).toBe('token-1')
  })

  it('that is refused ends in a browser', async () => {
    const session = useSession()
    session.take(soon(9 * DAY))
    expect(await session.renew('old')).toBeUndefined()
    expect(session.signedIn).toBe(false)
  })

  it('that is refused is replaced in the mini-program, once for all who noticed', async () => {
    Object.assign(device, { mini: true, code: 'wx-code' })
    const session = useSession()
    session.take(soon(9 * DAY))
    expect(await Promise.all([session.renew('old'), session.renew('old')])).toEqual(['token-1', 'token-1'])
    expect(posted).toEqual(['/api/v1/sessions'])
    // Who noticed late gets the new one without asking.
    expect(await session.renew('old')).toBe('token-1')
    expect(posted).toHaveLength(1)
  })

  it('ends at the gateway, too, when the driver signs out', async () => {
    const session = useSession()
    session.take(soon(9 * DAY))
    await session.end()
    expect(posted).toEqual(['/api/v1/sessions/end'])
    expect(session.signedIn).toBe(false)
  })
})
