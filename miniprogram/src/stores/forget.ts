/** Nothing of the driver stays on the phone: after the end of the account. */
import { forgetUnsent } from '@/components/invoice/unsent'
import { useParking } from './parking'
import { useQueue } from './queue'
import { useSession } from './session'
import { useVehicleSync } from './vehicle-sync'
import { useVehicles } from './vehicles'

export function forgetDriver(): void {
  const queue = useQueue()
  queue.items.map((item) => item.key).forEach((key) => queue.drop(key))
  useVehicleSync().clear()
  useVehicles().clear()
  useParking().reset()
  forgetUnsent()
  useSession().signOut()
}
