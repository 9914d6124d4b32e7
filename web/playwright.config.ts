import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

// The browser of the system: nothing is downloaded. Its own calls home are switched off.
const browser = process.env.TIEZHENG_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  globalSetup: './e2e/server.ts',
  workers: 1, // one server, one clock, one log: the journeys see each other's recordings
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['./e2e/reporter.ts']],
  outputDir: 'test-results',
  use: {
    viewport: { width: 1366, height: 768 },
    locale: 'zh-CN',
    timezoneId: 'America/New_York', // legal time is Shanghai's wherever the PC stands
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: browser,
      args: [
        '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
        '--host-resolver-rules=MAP tiezheng.test 127.0.0.1', // a name is no secure context: an intranet without TLS
      ],
    },
  },
});
