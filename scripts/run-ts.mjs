// Runs one TypeScript file: bundles it with esbuild (packages stay outside) into dist/run and imports it.
//   node scripts/run-ts.mjs FILE [ARGUMENT]...
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [file, ...args] = process.argv.slice(2);
const outfile = resolve('dist/run', `${file.replaceAll(/[/\\]/g, '-').replace(/\.ts$/, '')}.mjs`);
mkdirSync('dist/run', { recursive: true });
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.argv = [process.argv[0], outfile, ...args];
process.env.PARLEY_LAN ??= 'off';
await import(pathToFileURL(outfile).href);
