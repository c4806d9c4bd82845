import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The desktop shell runs against a stand-in whose window is a page in Chromium.
  resolve: { alias: { electron: new URL('../electron/testing/electron-double.ts', import.meta.url).pathname } },
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    pool: 'forks',
    // Each file starts nodes and a browser of its own; two at a time would only wait for each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    env: { PARLEY_LAN: 'off' },
  },
});
