// The end-to-end tests: real nodes, a real browser.
//   npm run e2e [-- FILTER...]
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';
import { findChromium, installChromium } from './lib/chromium.mjs';
import { ROOT } from './lib/root.mjs';

if (findChromium() === undefined) {
  process.stderr.write('installing chromium\n');
  if (installChromium() === undefined) {
    process.stderr.write('e2e: Chromium is not here and could not be installed; name one by PARLEY_CHROMIUM\n');
    process.exit(1);
  }
}
await ensureBuilt(['node', 'renderer', 'electron']);
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
const args = ['run', '--config', join(ROOT, 'e2e/vitest.config.ts'), ...process.argv.slice(2)];
const child = spawn(process.execPath, [vitest, ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, PARLEY_LAN: 'off' },
});
child.once('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
