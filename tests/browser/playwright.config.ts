/**
 * Drives the driver's app in Debian's Chromium against a gateway in demo mode, which the tests start themselves.
 *
 * One worker: a town of its own for each file, on a machine of two cores. What a run leaves to look at goes to
 * target/browser, which is not in git. No browser is ever downloaded.
 */
import { defineConfig, devices } from '@playwright/test'
import { ARTEFACTS, CHROMIUM } from './harness/places.ts'

export default defineConfig({
  testDir: '.',
  outputDir: `${ARTEFACTS}/results`,
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: `${ARTEFACTS}/report.json` }]],
  use: {
    ...devices['Pixel 7'],
    defaultBrowserType: 'chromium',
    viewport: { width: 412, height: 839 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    // On the town's street, looking at its bays.
    geolocation: { longitude: 104.1698, latitude: 36.5493 },
    permissions: ['geolocation'],
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader',
        '--enable-unsafe-swiftshader',
      ],
    },
  },
  projects: [
    { name: 'driver', testMatch: 'journeys/*.spec.ts' },
    {
      name: 'pictures',
      testMatch: 'pictures/*.spec.ts',
      use: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 1 },
    },
  ],
})
