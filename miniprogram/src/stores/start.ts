/** Connects the stores to the client and to the phone; called once when the app starts. */
import { connect } from '@/api/client'
import { whenUseful } from '@/lib/useful'
import { useNetwork } from './network'
import { useQueue } from './queue'
import { useSession } from './session'
import { useSettings } from './settings'
import { useVehicleSync } from './vehicle-sync'

export function startStores(): void {
  const session = useSession()
  const settings = useSettings()
  const network = useNetwork()
  const queue = useQueue()
  connect({
    token: () => session.token,
    renew: (refused) => session.renew(refused),
    language: () => settings.language,
    reached: (answered) => network.set(answered),
  })
  settings.start()
  network.start()
  const vehicles = useVehicleSync()
  whenUseful(() => vehicles.start())
  network.onBack(() => {
    void queue.send()
    void vehicles.sync()
  })
}

/** When the app comes to the front: what waited may go. */
export function wakeStores(): void {
  void useSession().freshen(Date.now())
  void useQueue().send()
  whenUseful(() => void useVehicleSync().sync())
}
