/** Nothing of the driver stays on the phone: after the end of the account. */
import { useParking } from './parking'
import { useQueue } from './queue'
import { useSession } from './session'
import { useVehicles } from './vehicles'

export function forgetDriver(): void {
  const queue = useQueue()
  queue.items.map((item) => item.key).forEach((key) => queue.drop(key))
  useVehicles().clear()
  useParking().reset()
  useSession().signOut()
}
