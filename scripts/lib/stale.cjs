// Which targets of the build are older than their sources. CommonJS, since each start of a node asks.
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { codeFile } = require('./bundle.cjs');

const ROOT = join(__dirname, '../..');
const SHARED = ['core', 'package.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/lib/natives.mjs'];

/** What `build.mjs` makes, and the files and folders each is made from. */
const TARGETS = {
  node: SHARED,
  renderer: [...SHARED, 'scripts/lib/react-modules.mjs', 'renderer', 'assets'],
  electron: [...SHARED, 'electron'],
};

const IS_TEST = /\.test\.\w+$/;

/** Time of the last change below `path`, in ms; 0 when there is nothing. Tests are no sources. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // The folder's own time tells of files that were removed.
  let time = stat.mtimeMs;
  for (const name of readdirSync(path)) {
    if (!IS_TEST.test(name)) time = Math.max(time, newest(`${path}/${name}`));
  }
  return time;
}

/** The file whose time is that of the sources a target was built from. */
function stamp(target) {
  return join(ROOT, 'dist', `.built-${target}`);
}

/** Those of the targets that have to be built. */
function staleTargets(targets) {
  const times = new Map();
  const timeOf = (source) => {
    if (!times.has(source)) times.set(source, newest(join(ROOT, source)));
    return times.get(source);
  };
  return targets.filter((target) => {
    const built = statSync(stamp(target), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return TARGETS[target].some((source) => timeOf(source) > built);
  });
}

/** True when the bundle is not yet compiled for a Node with these flags. */
function lacksCode(flags) {
  return !existsSync(codeFile({ flags }));
}

/** True when a target is stale, or the node has no compiled code for Node's flags. */
function needsBuild(targets, flags = []) {
  return staleTargets(targets).length > 0 || (targets.includes('node') && lacksCode(flags));
}

module.exports = { TARGETS, lacksCode, needsBuild, newest, stamp, staleTargets };
