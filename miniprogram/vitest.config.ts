/**
 * Unit tests of the sources: plain Vue, uni-app's tags as custom elements; and `@tap` is `@click` on every element, a component's
 * own event of that name included, as uni-app has it on H5 (a component that emits `tap` is never heard there).
 */
import { fileURLToPath } from 'node:url'
import cli from '@dcloudio/uni-cli-shared'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const TAGS = new Set(['view', 'text', 'image', 'map', 'scroll-view', 'cover-view', 'picker', 'navigator', 'switch'])

export default defineConfig({
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => TAGS.has(tag), nodeTransforms: [cli.transformTapToClick] } } })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { environment: 'happy-dom', include: ['test/**/*.test.ts'], setupFiles: ['test/setup.ts'] },
})
