import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The real main and preload run against a stand-in: Electron's own module is there only inside its runtime.
  resolve: { alias: { electron: new URL('electron/testing/electron-double.ts', import.meta.url).pathname } },
  test: {
    include: [
      'core/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'electron/**/*.test.ts',
      'scripts/**/*.test.{ts,mjs}',
      'bench/**/*.test.ts',
    ],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    env: { PARLEY_LAN: 'off' },
  },
});
