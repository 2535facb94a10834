/** Commands of these pages, done once: `Once` on the phone's storage. */
import { isOffline, newKey } from '@/api/client'
import { forget, readStored, store } from '@/lib/platform'
import { Once } from './once'

const once = new Once(
  {
    get: (name) => readStored<string>(name) ?? null,
    set: (name, value) => void store(name, value),
    remove: forget,
  },
  newKey,
)

/** Sends a command under a key of its own; a second tap gets the same answer, a lost answer keeps its key. */
export function doOnce<T>(name: string, content: unknown, send: (key: string) => Promise<T>): Promise<T> {
  return once.run(name, content, send, isOffline)
}
