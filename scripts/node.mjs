// The headless node. Runs in this very process: no child, so signals and exit codes are its own.
import module from 'node:module';
import { ensureBuilt } from './ensure-built.mjs';

module.enableCompileCache?.();
try {
  await ensureBuilt(['node', 'renderer']);
} catch (error) {
  process.stderr.write(`parley: the build failed: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
await import('../dist/node/headless.js');
