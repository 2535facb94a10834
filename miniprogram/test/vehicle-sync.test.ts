/** Saved vehicles of an account on two phones; only the gateway is played, by its rules: a plate once, one usual one, ten at most. */
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

interface Row { vehicle_id: string; plate: string; plate_form: string; plate_colour: string | null; name: string | null; usual: boolean }

const gateway = vi.hoisted(() => ({ rows: [] as Row[], leave: false, offers: true, reachable: true, limit: 10, asked: [] as string[] }))
const phone = vi.hoisted(() => ({ kept: new Map<string, string>() }))

vi.mock('@/lib/platform', () => ({
  readStored: (name: string) => (phone.kept.has(name) ? JSON.parse(phone.kept.get(name)!) : undefined),
  store: (name: string, value: unknown) => phone.kept.set(name, JSON.stringify(value)),
  forget: (name: string) => phone.kept.delete(name),
  onStoredElsewhere: () => undefined,
  isMiniProgram: () => false,
  wechatCode: () => Promise.resolve(undefined),
}))
vi.mock('@/api/client', async () => {
  const { ApiFailure, codeOf } = await import('@/api/failure')
  const fail = (status: number, code: string) => Promise.reject(new ApiFailure(code, code, '', status))
  const list = () => Promise.resolve({ vehicles: [...gateway.rows].sort((a, b) => Number(b.usual) - Number(a.usual)) })
  const asked = (what: string) => {
    gateway.asked.push(what)
    if (!gateway.reachable) return fail(0, 'offline')
    return gateway.offers ? undefined : fail(404, 'not_found')
  }
  const api = {
    get: (path: string) => asked(`GET ${path}`) ?? (path.endsWith('/consents') ? Promise.resolve({ consents: [{ purpose: 'saved_vehicles', given: gateway.leave }] }) : list()),
    post: (path: string, { body }: { body: { given: boolean } }) => asked(`POST ${path}`) ?? Promise.resolve(void (gateway.leave = body.given)),
    put: (path: string, { body }: { body: Partial<Row> & { plate: string; consent: boolean } }) => {
      const no = asked(`PUT ${body.plate}`)
      if (no) return no
      if (!body.consent) return fail(422, 'consent_missing')
      const row = gateway.rows.find(({ plate }) => plate === body.plate)
      if (!row && gateway.rows.length >= gateway.limit) return fail(409, 'vehicles_used_up')
      const said = { plate_form: body.plate_form ?? 'ordinary', plate_colour: body.plate_colour ?? null, name: body.name ?? null }
      if (row) Object.assign(row, said)
      else gateway.rows.push({ vehicle_id: `id-${body.plate}`, plate: body.plate, usual: gateway.rows.length === 0, ...said })
      if (body.usual) for (const one of gateway.rows) one.usual = one.plate === body.plate
      return list()
    },
    del: (_path: string, { path }: { path: { vehicle_id: string } }) => {
      const no = asked(`DELETE ${path.vehicle_id}`)
      if (no) return no
      gateway.rows = gateway.rows.filter(({ vehicle_id }) => vehicle_id !== path.vehicle_id)
      if (gateway.rows[0] && !gateway.rows.some(({ usual }) => usual)) gateway.rows[0].usual = true
      return list()
    },
  }
  return { api, codeOf, ApiFailure, newKey: () => 'key' }
})

const { useSession } = await import('@/stores/session')
const { useVehicles } = await import('@/stores/vehicles')
const { useVehicleSync } = await import('@/stores/vehicle-sync')

const [A, B, C] = ['甘D00001', '甘D00002', '甘D00003'] as const
const here = () => useVehicles().vehicles.map(({ plate }) => plate)
const there = () => gateway.rows.map(({ plate }) => plate)
const signInAs = (account_id: string) => useSession().take({ account_id, token: account_id, expires_at: '2099-01-01T00:00:00Z' } as never)

/** A phone with nothing on it; gives the way back to it. */
function newPhone(): () => void {
  const [pinia, kept]: [Pinia, Map<string, string>] = [createPinia(), new Map()]
  const take = () => {
    phone.kept = kept
    setActivePinia(pinia)
  }
  take()
  useVehicleSync().start()
  return take
}

beforeEach(() => {
  Object.assign(gateway, { rows: [], leave: false, offers: true, reachable: true, limit: 10, asked: [] })
  newPhone()
})

describe('vehicles of a phone and an account', () => {
  it('stay on the phone until the driver agrees, and are in the account then', async () => {
    useVehicles().add(A)
    signInAs('lin')
    await flushPromises()
    expect(useVehicleSync().sharing).toBe('no_leave')
    expect(there()).toEqual([])
    expect(here()).toEqual([A])
    await useVehicleSync().share()
    expect(there()).toEqual([A])
    expect(useVehicleSync().shared).toBe(true)
    // From now on a change here is one there.
    useVehicles().add(B, 'yellow')
    await flushPromises()
    expect(gateway.rows.map(({ plate, plate_colour }) => [plate, plate_colour])).toEqual([[A, null], [B, 'yellow']])
    useVehicles().makeUsual(B)
    await flushPromises()
    expect(gateway.rows.find(({ usual }) => usual)?.plate).toBe(B)
    useVehicles().remove(A)
    await flushPromises()
    expect(there()).toEqual([B])
  })

  it('are merged when another phone signs in, each plate once', async () => {
    useVehicles().add(A)
    signInAs('lin')
    await useVehicleSync().share()
    gateway.rows[0]!.name = '家里的车'
    newPhone()
    useVehicles().add(B)
    useVehicles().add(A)
    signInAs('lin')
    await flushPromises()
    expect(here()).toEqual([A, B])
    expect(there()).toEqual([A, B])
    expect(useVehicles().usual?.name).toBe('家里的车')
    // To make another one the usual one takes no name away.
    for (const plate of [B, A]) {
      useVehicles().makeUsual(plate)
      await flushPromises()
      expect(gateway.rows.find(({ usual }) => usual)?.plate).toBe(plate)
    }
    expect(gateway.rows.find(({ plate }) => plate === A)?.name).toBe('家里的车')
  })

  it('taken away on one phone are gone on the other, and do not come back from it', async () => {
    const first = (useVehicles().add(A), useVehicles().add(B), signInAs('lin'), useVehicleSync())
    await first.share()
    newPhone()
    signInAs('lin')
    await flushPromises()
    useVehicles().remove(A)
    await flushPromises()
    expect(there()).toEqual([B])
    await first.sync()
    expect(there()).toEqual([B])
  })

  it('changed without a network are told when it is back', async () => {
    useVehicles().add(A)
    signInAs('lin')
    await useVehicleSync().share()
    gateway.reachable = false
    useVehicles().add(B)
    useVehicles().remove(A)
    await flushPromises()
    expect(here()).toEqual([B])
    gateway.reachable = true
    await useVehicleSync().sync()
    expect(there()).toEqual([B])
    expect(here()).toEqual([B])
  })

  it('of one driver are not given to the next one on the same phone', async () => {
    useVehicles().add(A)
    signInAs('lin')
    await useVehicleSync().share()
    useSession().signOut()
    // Signed out they can still be used.
    expect(here()).toEqual([A])
    useVehicles().add(B)
    gateway.rows = []
    signInAs('wang')
    await flushPromises()
    // The leave of the one counts for the other here, which makes it the harder case.
    expect(there()).toEqual([B])
    expect(here()).toEqual([B])
  })

  it('stay on the phone when the leave is taken back', async () => {
    useVehicles().add(A)
    signInAs('lin')
    await useVehicleSync().share()
    Object.assign(gateway, { leave: false, rows: [] })
    await useVehicleSync().sync()
    expect(useVehicleSync().sharing).toBe('no_leave')
    expect(here()).toEqual([A])
    expect(there()).toEqual([])
  })

  it('that the account does not take stay on the phone, and the others go', async () => {
    gateway.limit = 1
    for (const plate of [A, B]) useVehicles().add(plate)
    signInAs('lin')
    await useVehicleSync().share()
    expect(there()).toEqual([A])
    expect(here()).toEqual([A, B])
    expect(useVehicleSync().refused).toEqual({ [B]: 'vehicles_used_up' })
  })

  it('stay on the phone where the gateway keeps none', async () => {
    gateway.offers = false
    useVehicles().add(C)
    signInAs('lin')
    await flushPromises()
    expect(useVehicleSync().sharing).toBe('not_offered')
    expect(here()).toEqual([C])
  })
})
