import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { licenseOf, licensesIn, packagesIn } from './licenses.mjs';
import { ROOT } from './root.mjs';

const inputs = (...paths) => ({ inputs: Object.fromEntries(paths.map((path) => [path, {}])) });

test('a package is known by its files, wherever it lies and whatever took it in', () => {
  const bundle = inputs(
    'core/ids/bytes.ts',
    'node_modules/zustand/esm/react.mjs',
    'node_modules/zustand/esm/vanilla.mjs',
    'node_modules/@noble/hashes/sha2.js',
    'node_modules/streamx/node_modules/b4a/index.js',
    'react:react-dom/client',
  );
  expect(packagesIn(bundle)).toEqual([
    'node_modules/@noble/hashes',
    'node_modules/react-dom',
    'node_modules/streamx/node_modules/b4a',
    'node_modules/zustand',
  ]);
});

test('each licence is there once, with its whole text', () => {
  const text = licensesIn([inputs('node_modules/ws/index.js'), inputs('node_modules/ws/wrapper.mjs', 'react:react')]);
  expect(text.match(/^(ws|react) [\d.]+ \(MIT\)$/gm)).toHaveLength(2);
  expect(text).toContain(readFileSync('node_modules/ws/LICENSE', 'utf8').trim());
});

test('a package without the text of its licence ends the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-licence-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "name": "bare", "version": "1.0.0", "license": "MIT" }');
    const path = relative(ROOT, folder);
    expect(() => licenseOf(path)).toThrow('brings no text of its licence');
    writeFileSync(join(folder, 'LICENCE.md'), 'Do as you like.\n');
    expect(licenseOf(path)).toBe('bare 1.0.0 (MIT)\n\nDo as you like.\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
