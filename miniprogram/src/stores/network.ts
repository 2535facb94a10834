/** Whether there is a network: what the phone says, and what happened to the last request. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { watchNetwork } from '@/lib/platform'

export const useNetwork = defineStore('network', () => {
  const online = ref(true)
  const listeners: (() => void)[] = []

  function set(now: boolean): void {
    const back = now && !online.value
    online.value = now
    if (back) listeners.forEach((listener) => listener())
  }

  /** Calls it whenever the network is back. */
  function onBack(listener: () => void): void {
    listeners.push(listener)
  }

  function start(): void {
    watchNetwork(set)
  }

  return { online, set, onBack, start }
})
