// The headless node. Runs in this very process: no child, so signals and exit codes are its own.
const { needsBuild } = require('./lib/stale.cjs');
const { runBundle } = require('./lib/bundle.cjs');

async function build(targets) {
  const { ensureBuilt } = await import('./ensure-built.mjs');
  try {
    await ensureBuilt(targets, process.execArgv);
  } catch (error) {
    process.stderr.write(`parley: the build failed: ${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}

const TARGETS = ['node', 'renderer'];
if (needsBuild(TARGETS, process.execArgv)) build(TARGETS).then(() => runBundle('headless'));
else runBundle('headless');
