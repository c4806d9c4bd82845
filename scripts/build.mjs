// Builds what runs into dist/: the headless node, the page, and the desktop shell.
//   node scripts/build.mjs [--dev] [node|renderer|electron]...
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { keepCode, markBuilt } from './lib/built.mjs';
import { licensesIn } from './lib/licenses.mjs';
import { bundleNatives, requireNatives } from './lib/natives.mjs';
import { reactAsModules } from './lib/react-modules.mjs';
import { isMain, ROOT } from './lib/root.mjs';
import stale from './lib/stale.cjs';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
// Bundled CommonJS packages call `require`, which a module does not have.
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

function common(dev) {
  return {
    absWorkingDir: ROOT,
    bundle: true,
    minify: !dev,
    // Every error class states its name, so none is lost; keeping them all would set a property on each new closure.
    keepNames: false,
    sourcemap: dev ? 'linked' : false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { PARLEY_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': dev ? '"development"' : '"production"' },
  };
}

/** One script, as `lib/bundle.cjs` runs it: V8 keeps compiled code of scripts, not of modules. */
function forHeadless(dev) {
  return {
    ...common(dev),
    entryPoints: { parley: 'core/node/bundle-main.ts' },
    outdir: 'dist/node',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    plugins: [bundleNatives],
    banner: { js: '(async function (PARLEY_COMMAND, require, loadNative, __dirname) { "use strict";' },
    footer: { js: '})' },
  };
}

/** The cryptography for computers that sodium-native has no binary for; elsewhere it is never loaded. */
function forFallback(dev) {
  return {
    ...common(dev),
    entryPoints: { fallback: 'core/crypto/tweetnacl-backend.ts' },
    outdir: 'dist/node',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
  };
}

function forElectron(dev) {
  return {
    ...common(dev),
    entryPoints: { main: 'electron/main.ts' },
    outdir: 'dist/electron',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    banner: { js: REQUIRE },
    external: ['electron'],
    splitting: true,
    plugins: [requireNatives],
    chunkNames: 'chunk-[hash]',
  };
}

const BUILDERS = {
  node: (dev) => [build(forHeadless(dev)), build(forFallback(dev))],
  electron: (dev) => [
    build(forElectron(dev)),
    build({
      ...common(dev),
      entryPoints: { preload: 'electron/preload.ts' },
      outdir: 'dist/electron',
      outExtension: { '.js': '.cjs' },
      // A sandboxed preload is one CommonJS file and may require electron only.
      platform: 'browser',
      target: 'chrome140',
      format: 'cjs',
      external: ['electron'],
    }),
  ],
  renderer: (dev) => [
    build({
      ...common(dev),
      entryPoints: { app: 'renderer/main.ts' },
      plugins: dev ? [] : [reactAsModules],
      splitting: true,
      chunkNames: 'chunk-[hash]',
      outdir: 'dist/renderer',
      platform: 'browser',
      target: ['chrome120', 'firefox120', 'safari17'],
      format: 'esm',
      jsx: 'automatic',
      loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file' },
      assetNames: '[name]-[hash]',
    }),
    build({
      ...common(dev),
      // The content policy lets workers and worklets come from files of their own only.
      entryPoints: { 'call-worklet': 'renderer/audio/call-worklet.ts', 'call-worker': 'renderer/audio/call-worker.ts' },
      outdir: 'dist/renderer',
      platform: 'browser',
      target: ['chrome120', 'firefox120', 'safari17'],
      format: 'esm',
    }),
  ],
};

/** Of all that the entry loads later: the browser is to fetch it at once. */
function preloads({ outputs }) {
  const wanted = new Set();
  const add = (output) => {
    for (const { path, external } of outputs[output].imports) {
      if (external || wanted.has(path)) continue;
      wanted.add(path);
      add(path);
    }
  };
  add('dist/renderer/app.js');
  return [...wanted].map((path) => `<link rel="modulepreload" href="./${basename(path)}">`);
}

function copyPage(metafile) {
  const folder = join(ROOT, 'dist/renderer');
  const html = readFileSync(join(ROOT, 'renderer/index.html'), 'utf8');
  writeFileSync(
    join(folder, 'index.html'),
    html.replace('</head>', `  ${preloads(metafile).join('\n    ')}\n  </head>`),
  );
  const assets = join(ROOT, 'assets');
  // The pictures of the README and what the packager reads are no part of the page.
  const filter = (path) => !path.startsWith(join(assets, 'screenshots')) && !path.endsWith('.plist');
  if (existsSync(assets)) cpSync(assets, folder, { recursive: true, filter });
}

/**
 * By its digest at its end the bundle is known as the one that compiled code belongs to. It is read as Latin-1, which is
 * faster: esbuild escapes what is not ASCII, but not in regular expressions.
 */
export function sealBundle(file) {
  const bytes = readFileSync(file);
  const foreign = /.{0,40}[^\0-\x7f]/.exec(bytes.toString('utf8'));
  if (foreign !== null) throw new Error(`not ASCII; write it as \\u in the source: ${foreign[0]}`);
  const digest = createHash('sha256').update(bytes).digest('hex');
  appendFileSync(file, `//${digest}`);
}

async function buildTarget(target, dev) {
  const folder = join(ROOT, 'dist', target);
  // Chunks are named by content: old ones would pile up.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const results = await Promise.all(BUILDERS[target](dev));
  if (target === 'renderer') copyPage(results[0].metafile);
  if (target === 'node') sealBundle(join(folder, 'parley.js'));
  for (const kept of ['meta', 'licenses']) mkdirSync(join(ROOT, 'dist', kept), { recursive: true });
  writeFileSync(join(ROOT, `dist/licenses/${target}.txt`), licensesIn(results.map(({ metafile }) => metafile)));
  results.forEach((result, index) => {
    writeFileSync(join(ROOT, 'dist/meta', `${target}-${index}.json`), JSON.stringify(result.metafile));
  });
  return results.flatMap((result) => Object.entries(result.metafile.outputs));
}

/** Builds the targets and returns [file, { bytes }] of every output. Rejects when the source has an error. */
export async function buildTargets(targets, { dev = false } = {}) {
  return (await Promise.all(targets.map((target) => buildTarget(target, dev)))).flat();
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  const named = args.filter((name) => name !== '--dev');
  const unknown = named.find((name) => !Object.hasOwn(BUILDERS, name));
  if (unknown !== undefined) {
    process.stderr.write(`build: there is no target ${unknown}\n`);
    process.exit(2);
  }
  const targets = named.length === 0 ? Object.keys(stale.TARGETS) : named;
  const started = new Date();
  const outputs = await buildTargets(targets, { dev: args.includes('--dev') });
  markBuilt(targets, started);
  if (targets.includes('node') && !keepCode()) {
    process.stderr.write('build: the node does not run\n');
    process.exit(1);
  }
  for (const [file, { bytes }] of outputs) {
    if (!file.endsWith('.map')) process.stdout.write(`${String(Math.ceil(bytes / 1024)).padStart(6)} KiB  ${file}\n`);
  }
  process.stdout.write(`built ${targets.join(', ')} in ${Date.now() - started.getTime()} ms\n`);
}
