/** Connects the stores to the client and to the phone; called once when the app starts. */
import { connect } from '@/api/client'
import { useNetwork } from './network'
import { useQueue } from './queue'
import { useSession } from './session'
import { useSettings } from './settings'

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
  network.onBack(() => void queue.send())
}

/** When the app comes to the front: what waited may go. */
export function wakeStores(): void {
  void useSession().freshen(Date.now())
  void useQueue().send()
}
