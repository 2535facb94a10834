/**
 * The saved vehicles of the account: with the driver's leave this phone and the others have the same. Without a network, signed
 * out, or without that leave the phone keeps its own; what changed meanwhile is told later.
 */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { api, codeOf, newKey, type Schema } from '@/api/client'
import type { PlateColour, PlateForm } from '@/lib/plate'
import { forget, readStored, store } from '@/lib/platform'
import { changesSince, isNothing, nothingCommon, settled, withoutThose, type Changes, type Common, type Vehicle } from '@/lib/vehicles-merge'
import { useSession } from './session'
import { useVehicles } from './vehicles'

const NAME = 'vehicles.common'
/** Purpose of the leave. */
const PURPOSE = 'saved_vehicles'

/** `unknown` until the account was asked; `no_leave`: the driver has not agreed; `not_offered`: an older gateway. */
export type Sharing = 'unknown' | 'no_leave' | 'shared' | 'not_offered'

type Kept = Schema['VehicleView']

export const useVehicleSync = defineStore('vehicle-sync', () => {
  const session = useSession()
  const vehicles = useVehicles()
  const common = ref<Common | undefined>(readStored<Common>(NAME))
  const sharing = ref<Sharing>('unknown')
  /** Plates that the account did not take, with the code of why. */
  const refused = ref<Record<string, string>>({})
  const shared = computed(() => session.signedIn && sharing.value === 'shared')
  let under: Promise<void> | undefined

  function keep(now: Common): void {
    common.value = now
    store(NAME, now)
  }

  /** Merges phone and account; quiet where it cannot be done now. Calls while it is under way share it. */
  function sync(): Promise<void> {
    under ??= syncOnce().catch(() => undefined).finally(() => (under = undefined))
    return under
  }

  async function syncOnce(): Promise<void> {
    const accountId = session.accountId
    if (!accountId) return void (sharing.value = 'unknown')
    if (common.value && common.value.accountId !== accountId) vehicles.put(withoutThose(vehicles.vehicles, common.value))
    if (common.value?.accountId !== accountId) keep(nothingCommon(accountId))
    const list = await read()
    if (!list || session.accountId !== accountId) return
    if (list.length === 0 && !(await hasLeave())) {
      sharing.value = 'no_leave'
      return keep(nothingCommon(accountId))
    }
    sharing.value = 'shared'
    await tell(list, accountId)
  }

  /** Undefined where the gateway has no such list. */
  async function read(): Promise<Kept[] | undefined> {
    try {
      return (await api.get('/api/v1/me/vehicles')).vehicles
    } catch (error) {
      if ((error as { status?: number }).status === 404) sharing.value = 'not_offered'
      else throw error
    }
  }

  async function hasLeave(): Promise<boolean> {
    const { consents } = await api.get('/api/v1/me/consents')
    return consents.some(({ purpose, given }) => purpose === PURPOSE && given)
  }

  async function tell(list: Kept[], accountId: string): Promise<void> {
    const before = common.value ?? nothingCommon(accountId)
    const asked = [...vehicles.vehicles]
    const answered = await send(changesSince(before, asked), list)
    vehicles.put(settled(answered.map(vehicleOf), asked, vehicles.vehicles, before))
    const ids = Object.fromEntries(answered.map(({ plate, vehicle_id }) => [plate, vehicle_id]))
    keep({ accountId, ids, usual: answered.find(({ usual }) => usual)?.plate })
  }

  /** Gives the newest list. One that is refused does not keep the others back. */
  async function send(changes: Changes, list: Kept[]): Promise<Kept[]> {
    const has = new Set(list.map(({ plate }) => plate))
    refused.value = {}
    for (const vehicle_id of changes.drop) list = (await api.del('/api/v1/me/vehicles/{vehicle_id}', { path: { vehicle_id } })).vehicles
    for (const vehicle of changes.save) if (!has.has(vehicle.plate)) list = (await save(vehicle, false)) ?? list
    if (changes.usual) list = (await save(changes.usual, true)) ?? list
    return list
  }

  async function save(vehicle: Vehicle, usual: boolean): Promise<Kept[] | undefined> {
    try {
      return (await api.put('/api/v1/me/vehicles', { body: bodyOf(vehicle, usual) })).vehicles
    } catch (error) {
      const status = (error as { status?: number }).status ?? 0
      if (status !== 409 && status !== 422) throw error
      refused.value = { ...refused.value, [vehicle.plate]: codeOf(error) }
    }
  }

  /** The driver's leave: from now on the account has them as well. Throws what the gateway refused. */
  async function share(): Promise<void> {
    await api.post('/api/v1/me/consents', { body: { purpose: PURPOSE, given: true }, key: newKey() })
    await under
    await syncOnce()
  }

  /** At sign-in, and when something changes here. */
  function start(): void {
    watch(() => session.accountId, (account) => account && void sync(), { immediate: true })
    watch(() => vehicles.vehicles, (here) => {
      if (shared.value && common.value && !isNothing(changesSince(common.value, here))) void after()
    })
  }

  /** What changes while a merge is under way is told by the next one. */
  async function after(): Promise<void> {
    await under
    await sync()
  }

  /** Nothing is left of it. */
  function clear(): void {
    common.value = undefined
    sharing.value = 'unknown'
    forget(NAME)
  }

  return { sharing, shared, refused, sync, share, start, clear }
})

function vehicleOf(kept: Kept): Vehicle {
  const colour = kept.plate_colour ? { colour: kept.plate_colour as PlateColour } : {}
  return { plate: kept.plate, form: kept.plate_form as PlateForm, ...colour, ...(kept.name ? { name: kept.name } : {}) }
}

function bodyOf({ plate, form, colour, name }: Vehicle, usual: boolean) {
  return {
    plate,
    ...(form === 'other' ? { plate_form: 'other' } : {}),
    ...(colour ? { plate_colour: colour } : {}),
    ...(name ? { name } : {}),
    ...(usual ? { usual: true } : {}),
    consent: true,
  }
}
