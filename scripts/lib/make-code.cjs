// Keeps the compiled code of the bundle: runs it for a second, so that everything a node needs at first is compiled.
//   node scripts/lib/make-code.cjs
const { renameSync, rmSync, writeFileSync } = require('node:fs');
const { codeFile, loadBundle, packCode, runBundle } = require('./bundle.cjs');

async function makeCode() {
  const bundle = loadBundle();
  let bytes = Buffer.alloc(0);
  try {
    await runBundle('warm-up', bundle);
    bytes = packCode(bundle.source, bundle.script.createCachedData());
  } catch (error) {
    // An empty file says that there is none, so that not every start tries again.
    process.stderr.write(`parley: starts will be slower: ${error.message}\n`);
  }
  const temporary = `${codeFile()}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, codeFile());
  } catch {
    rmSync(temporary, { force: true });
  }
}

process.env.PARLEY_LAN = 'off';
makeCode().then(() => process.exit(0));
