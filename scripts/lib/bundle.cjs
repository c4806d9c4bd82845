// Runs the bundle of the headless node with the compiled code that `make-code.cjs` left beside it: compiling it anew at
// each start takes longer than anything else the start does. CommonJS, as Node's loader of modules takes 15 ms more.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'dist/node');
/** The bundle ends with its SHA-256 in hexadecimal digits; the file of code begins with that of its source. */
const DIGEST_LENGTH = 64;
/** Where the compiled code is for a Node with these flags. V8 refuses what it cannot use, whatever the name. */
function codeFile({ folder = FOLDER, flags = process.execArgv } = {}) {
  // The text of `node -e` is among them too.
  const long = flags.filter((flag) => flag.startsWith('--'));
  const name = ['parley', process.version, process.arch, ...long].join('-').replace(/[^\w.-]/g, '_');
  return join(folder, `${name}.code`);
}

/** V8 compares the length of a source and no more: that it is the very same is for us to check. */
function readCode(source, folder) {
  try {
    const bytes = readFileSync(codeFile({ folder }));
    const digest = bytes.latin1Slice(0, DIGEST_LENGTH);
    return digest === source.slice(-DIGEST_LENGTH) ? bytes.subarray(DIGEST_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

/** What `readCode` takes. */
function packCode(source, code) {
  return Buffer.concat([Buffer.from(source.slice(-DIGEST_LENGTH), 'latin1'), code]);
}

/** @returns { source, script }; V8 compiles what it cannot use, so a damaged file of code costs time only. */
function loadBundle(folder = FOLDER) {
  const filename = join(folder, 'parley.js');
  // The build sees that it is ASCII.
  const source = readFileSync(filename, 'latin1');
  return { source, script: new Script(source, { filename, cachedData: readCode(source, folder) }) };
}

/** The binary where npm puts it; else by the package's own search, which takes 20 ms for all three. */
function loadNative(name) {
  const musl = process.platform === 'linux' && existsSync('/etc/alpine-release');
  const platform = `${process.platform}-${process.arch}`;
  try {
    if (!musl)
      return require(join(ROOT, 'node_modules', name, 'prebuilds', platform, `${name.replace('/', '+')}.node`));
  } catch {
    // The package may know of another one, or says what is wrong.
  }
  if (name !== '@signalapp/sqlcipher') return require(`${name}/binding`);
  const main = require.resolve(name);
  return require('node:module').createRequire(main)('node-gyp-build')(join(main, '../..'));
}

/** Runs a command that `core/node/bundle-main.ts` names; resolves when it has started. */
function runBundle(command, { script } = loadBundle()) {
  return script.runInThisContext()(command, require, loadNative, FOLDER);
}

module.exports = { codeFile, loadBundle, packCode, runBundle };
