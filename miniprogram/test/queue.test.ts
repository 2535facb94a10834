/** The queue of commands made without a network. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiFailure } from '@/api/failure'
import type { Queued } from '@/stores/queue'

const posted: { body: Record<string, unknown>; key: string }[] = []
let outcomes: (Record<string, unknown> | Error)[] = []

vi.mock('@/api/client', async () => {
  const failure = await import('@/api/failure')
  const { newKey } = await import('@/api/key')
  return {
    ...failure,
    newKey,
    api: {
      post: (_path: string, command: { body: Record<string, unknown>; key: string }) => {
        posted.push(command)
        const outcome = outcomes.shift() ?? offline()
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
      },
    },
  }
})

const { useQueue } = await import('@/stores/queue')
const { useSession } = await import('@/stores/session')
const { setClock } = await import('@/lib/clock')

const offline = () => new ApiFailure('offline', 'offline', 'no network', 0)
const BODY = { bay_code: 'TS01', plate: '甘D12345' }
const LIN = { token: 't', account_id: 'lin', expires_at: '2099-01-01T00:00:00Z' }
const WANG = { token: 'u', account_id: 'wang', expires_at: '2099-01-01T00:00:00Z' }

/** As after a new start of the app: what is kept is kept in the phone's store. */
function start(session: typeof LIN | undefined) {
  setActivePinia(createPinia())
  if (session) useSession().take(session)
  else useSession().signOut()
  return useQueue()
}

beforeEach(() => {
  posted.length = 0
  outcomes = []
  setClock({ now: '2026-09-15T00:00:00Z', speed: 0 }, 0)
})

describe('a claim', () => {
  it('with a network is sent at once, with its own time', async () => {
    outcomes = [{ claim_id: 'c', state: 'bound' }]
    const queued = await start(LIN).claim(BODY)
    expect(queued).toMatchObject({ state: 'done', answer: { state: 'bound' } })
    expect(posted[0]?.body).toEqual({ ...BODY, made_at: '2026-09-15T00:00:00.000Z' })
  })

  it('without one waits, outlives the app, and goes later with the same time and key', async () => {
    outcomes = [offline()]
    expect((await start(LIN).claim(BODY)).state).toBe('waiting')
    setClock({ now: '2026-09-15T03:00:00Z', speed: 0 }, 0)
    const later = start(LIN)
    expect(later.waiting).toHaveLength(1)
    outcomes = [{ claim_id: 'c', state: 'waiting' }]
    await later.send()
    expect(later.waiting).toHaveLength(0)
    expect(posted).toHaveLength(2)
    expect(posted[1]).toEqual(posted[0])
    expect(posted[1]?.body.made_at).toBe('2026-09-15T00:00:00.000Z')
  })

  it('that is refused says why until it is put away', async () => {
    outcomes = [new ApiFailure('bay_unknown', '', 'no bay', 404)]
    const queue = start(LIN)
    const queued = await queue.claim(BODY)
    expect(queued).toMatchObject({ state: 'refused', code: 'bay_unknown' })
    expect(start(LIN).refused).toHaveLength(1)
    queue.drop(queued.key)
    expect(start(LIN).refused).toHaveLength(0)
  })

  it('waits while the service has its own troubles', async () => {
    outcomes = [new ApiFailure('busy', '', '', 503)]
    expect((await start(LIN).claim(BODY)).state).toBe('waiting')
  })
})

describe('several', () => {
  it('go in the order in which they were made, and stop where the network stops', async () => {
    const queue = start(LIN)
    outcomes = [offline()]
    await queue.claim(BODY)
    outcomes = [offline()]
    await queue.claim({ ...BODY, bay_code: 'TS02' })
    posted.length = 0
    outcomes = [{ claim_id: 'a', state: 'bound' }, offline()]
    await queue.send()
    expect(posted.map((command) => command.body.bay_code)).toEqual(['TS01', 'TS02'])
    expect(queue.waiting.map((item: Queued) => item.body.bay_code)).toEqual(['TS02'])
  })

  it('are not sent twice by two that call at once', async () => {
    const queue = start(LIN)
    outcomes = [offline()]
    await queue.claim(BODY)
    posted.length = 0
    outcomes = [{ claim_id: 'a', state: 'bound' }, { claim_id: 'b', state: 'bound' }]
    await Promise.all([queue.send(), queue.send()])
    expect(posted).toHaveLength(1)
  })
})

describe('somebody else', () => {
  it('who signs in does not send what another account made', async () => {
    outcomes = [offline()]
    await start(LIN).claim(BODY)
    posted.length = 0
    await start(WANG).send()
    expect(posted).toHaveLength(0)
    outcomes = [{ claim_id: 'a', state: 'bound' }]
    await start(LIN).send()
    expect(posted).toHaveLength(1)
  })

  it('takes over what was made while nobody was signed in', async () => {
    const queue = start(undefined)
    expect((await queue.claim(BODY)).state).toBe('waiting')
    expect(posted).toHaveLength(0)
    outcomes = [{ claim_id: 'a', state: 'bound' }]
    await start(WANG).send()
    expect(posted).toHaveLength(1)
  })
})
