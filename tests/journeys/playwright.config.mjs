// How the journeys run. `cargo xtask test journeys` serves the built page from a sub-folder, starts the servers
// and sets the variables read here and in harness.mjs. With `cargo xtask serve` running, `npx playwright test`
// works too, with Chromium found by the variable CHROMIUM or at Debian's place.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  // Goals are measured by `cargo xtask bench`, not by every test run.
  testMatch: process.env.FORGE_BENCH ? `**/${process.env.FORGE_BENCH}.bench.mjs` : '**/*.spec.mjs',
  outputDir: 'out',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // Two cores are the smallest machine that we promise to work on.
  workers: 2,
  // A journey that passes only sometimes is a fault, in the page or in the journey.
  retries: 0,
  forbidOnly: true,
  reporter: [['list']],
  use: {
    baseURL: process.env.FORGE_PAGE ?? 'http://127.0.0.1:8787/',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' },
    // Without the film: on two cores, taking a picture of every frame takes longer than the page does.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
  },
});
