/**
 * Builds the app: H5 into dist/build/h5, the mini-program into dist/build/mp-weixin.
 *
 * The API's origin is the page's own on H5; the mini-program needs VITE_API_ORIGIN.
 */
import { fileURLToPath } from 'node:url'
import uniPlugin from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The plugin is CommonJS; under "type": "module" its default export is one level deeper.
const uni = ('default' in uniPlugin ? uniPlugin.default : uniPlugin) as typeof uniPlugin

/** uni-app's base css names pictures on its vendor's host; no request leaves for a host that is not ours. */
function stripRemoteCss(): Plugin {
  return {
    name: 'strip-remote-css',
    enforce: 'post',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !/\.(css|wxss)$/.test(file.fileName)) continue
        const text = typeof file.source === 'string' ? file.source : new TextDecoder().decode(file.source)
        file.source = text.replace(/url\((['"]?)https?:\/\/[^)'"]*\1\)/g, 'none')
      }
    },
  }
}

export default defineConfig({
  plugins: [uni(), stripRemoteCss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': process.env.BOWEI_ORIGIN ?? 'http://127.0.0.1:8080' } },
})
