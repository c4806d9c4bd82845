// Keeps the compiled code of the bundle: runs it for a second, so that everything a node needs at first is compiled.
//   node scripts/lib/make-code.cjs   (ends with 1 when the bundle does not run)
const { renameSync, rmSync, writeFileSync } = require('node:fs');
const { codeFile, loadBundle, packCode, runBundle } = require('./bundle.cjs');

/** @returns whether the bundle ran; only then there is code of it. */
async function makeCode() {
  const bundle = loadBundle();
  let bytes = Buffer.alloc(0);
  let ran = false;
  try {
    await runBundle('warm-up', bundle);
    bytes = packCode(bundle.source, bundle.script.createCachedData());
    ran = true;
  } catch (error) {
    // An empty file says that there is none, so that not every start tries again.
    process.stderr.write(`parley: no compiled code is kept, so starts will be slower: ${error.stack ?? error}\n`);
  }
  const temporary = `${codeFile()}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, codeFile());
  } catch {
    rmSync(temporary, { force: true });
  }
  return ran;
}

process.env.PARLEY_LAN = 'off';
makeCode().then((ran) => process.exit(ran ? 0 : 1));
