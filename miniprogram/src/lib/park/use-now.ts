/** City time that goes on by itself, for what runs on a page. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { cityNow } from '@/lib/clock'

/** City time in milliseconds, renewed every second. */
export function useNow(everyMs = 1000): Ref<number> {
  const now = ref(cityNow())
  let timer: ReturnType<typeof setInterval> | undefined
  onMounted(() => {
    now.value = cityNow()
    timer = setInterval(() => (now.value = cityNow()), everyMs)
  })
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
