/** How the app looks and speaks on this device: language, elder mode, colours, size of letters. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { language as spoken, textIn, type Language } from '@/locale'
import { colourTabs, letterScale, markDocument, nameTabs, readStored, store, systemLanguage, watchDark } from '@/lib/platform'

const NAME = 'settings'
/** Letters of the elder mode, next to usual ones. */
const ELDER_SCALE = 1.3
/** Beyond this pages of 360 px would break. */
const LARGEST_SCALE = 2

export type Theme = 'auto' | 'light' | 'dark'

interface Kept {
  language?: Language
  elder?: boolean
  theme?: Theme
}

const TABS = {
  light: { color: '#51605F', selectedColor: '#0B6E6E', backgroundColor: '#FFFFFF' },
  dark: { color: '#A9B7B6', selectedColor: '#4FC3C3', backgroundColor: '#182122' },
}

export const useSettings = defineStore('settings', () => {
  const kept = readStored<Kept>(NAME) ?? {}
  const language = ref<Language>(kept.language ?? systemLanguage())
  const elder = ref(kept.elder ?? false)
  const theme = ref<Theme>(kept.theme ?? 'auto')
  const systemDark = ref(false)
  const letters = ref(1)

  const dark = computed(() => (theme.value === 'auto' ? systemDark.value : theme.value === 'dark'))
  const scale = computed(() => Math.min(LARGEST_SCALE, letters.value * (elder.value ? ELDER_SCALE : 1)))
  /** Classes of a page's outermost element. */
  const classes = computed(() => ['bw', dark.value ? 'bw-dark' : 'bw-light', elder.value ? 'bw-elder' : 'bw-usual'])
  /** Style of a page's outermost element. */
  const style = computed(() => `--scale: ${scale.value}`)

  spoken.value = language.value

  function start(): void {
    watchDark((value) => (systemDark.value = value))
    letters.value = letterScale()
    watch([language, elder, theme], keep)
    watch([language, dark, elder], dress, { immediate: true })
  }

  function keep(): void {
    spoken.value = language.value
    store(NAME, { language: language.value, elder: elder.value, theme: theme.value })
  }

  /** What lies outside the pages: the tab bar and the document. */
  function dress(): void {
    spoken.value = language.value
    nameTabs([textIn(language.value, 'common.tabs.find'), textIn(language.value, 'common.tabs.park'), textIn(language.value, 'common.tabs.me')])
    colourTabs(dark.value ? TABS.dark : TABS.light)
    markDocument(language.value === 'zh' ? 'zh-CN' : 'en', classes.value)
  }

  return { language, elder, theme, dark, scale, classes, style, start, dress }
})
