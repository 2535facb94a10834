/** Starts the app: H5 and mini-program alike. */
import { createPinia } from 'pinia'
import { createSSRApp } from 'vue'
// #ifdef H5
import { openDeepLink } from './deep-link'
// #endif
import App from './App.vue'

export function createApp() {
  // #ifdef H5
  openDeepLink()
  // #endif
  const app = createSSRApp(App)
  app.use(createPinia())
  return { app }
}
