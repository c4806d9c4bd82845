// Builds what runs into dist/: the headless node, the page, and the desktop shell.
//   node scripts/build.mjs [--dev] [node|renderer|electron]...
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { isMain, ROOT } from './lib/root.mjs';
import { TARGETS } from './lib/targets.mjs';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
// These bring compiled code that is found beside their own files.
const NATIVES = ['sodium-native', 'udx-native', '@signalapp/sqlcipher'];
// Bundled CommonJS packages call `require`, which a module does not have.
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/**
 * Loads the compiled packages by `require`: an `import` of CommonJS first scans its source for export names, which takes
 * 25 ms of the start for nothing.
 */
const requireNatives = {
  name: 'require-natives',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${NATIVES.join('|')})(/.*)?$`);
    onResolve({ filter }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'native' },
    );
    onLoad({ filter: /./, namespace: 'native' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

function common(dev) {
  return {
    absWorkingDir: ROOT,
    bundle: true,
    minify: !dev,
    // Error names are told in the log in place of messages, so they must survive.
    keepNames: true,
    sourcemap: dev ? 'linked' : false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { PARLEY_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': dev ? '"development"' : '"production"' },
  };
}

function forNode(dev) {
  return {
    ...common(dev),
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

const NODE_ENTRIES = { headless: 'core/node/headless-main.ts', network: 'core/node/private-network-main.ts' };

const BUILDERS = {
  node: (dev) => [build({ ...forNode(dev), entryPoints: NODE_ENTRIES, outdir: 'dist/node' })],
  electron: (dev) => [
    build({ ...forNode(dev), entryPoints: { main: 'electron/main.ts' }, outdir: 'dist/electron' }),
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
      entryPoints: { app: 'renderer/main.tsx' },
      outdir: 'dist/renderer',
      platform: 'browser',
      target: ['chrome120', 'firefox120', 'safari17'],
      format: 'esm',
      jsx: 'automatic',
      loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file' },
      assetNames: '[name]-[hash]',
    }),
  ],
};

function copyPage() {
  const folder = join(ROOT, 'dist/renderer');
  cpSync(join(ROOT, 'renderer/index.html'), join(folder, 'index.html'));
  const assets = join(ROOT, 'assets');
  // The pictures of the README are no part of the page.
  const filter = (path) => !path.startsWith(join(assets, 'screenshots'));
  if (existsSync(assets)) cpSync(assets, folder, { recursive: true, filter });
}

async function buildTarget(target, dev) {
  const folder = join(ROOT, 'dist', target);
  // Chunks are named by content: old ones would pile up.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const results = await Promise.all(BUILDERS[target](dev));
  if (target === 'renderer') copyPage();
  mkdirSync(join(ROOT, 'dist/meta'), { recursive: true });
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
  const { markBuilt } = await import('./ensure-built.mjs');
  const targets = named.length === 0 ? Object.keys(TARGETS) : named;
  const started = new Date();
  const outputs = await buildTargets(targets, { dev: args.includes('--dev') });
  markBuilt(targets, started);
  for (const [file, { bytes }] of outputs) {
    if (!file.endsWith('.map')) process.stdout.write(`${String(Math.ceil(bytes / 1024)).padStart(6)} KiB  ${file}\n`);
  }
  process.stdout.write(`built ${targets.join(', ')} in ${Date.now() - started.getTime()} ms\n`);
}
