// The nodes of the demo's private network, in one process: `node scripts/network.cjs COUNT`. It must be built.
const { runBundle } = require('./lib/bundle.cjs');

runBundle('network');
