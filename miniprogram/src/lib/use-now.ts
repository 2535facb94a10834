/** City time that goes on by itself, for what runs on a page. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { cityNow, onClockSet } from '@/lib/clock'

/** City time in milliseconds, renewed every second, and at once when it was wrong. */
export function useNow(everyMs = 1000): Ref<number> {
  const now = ref(cityNow())
  const renew = () => void (now.value = cityNow())
  let timer: ReturnType<typeof setInterval> | undefined
  let silence = () => {}
  onMounted(() => {
    renew()
    timer = setInterval(renew, everyMs)
    silence = onClockSet(renew)
  })
  onBeforeUnmount(() => {
    clearInterval(timer)
    silence()
  })
  return now
}
