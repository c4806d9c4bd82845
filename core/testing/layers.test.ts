import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The house, as in `docs/architecture.md`: a layer knows the ones below it and none above. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  'core/ports': [],
  'core/audio': [],
  'core/ids': ['core/ports'],
  'core/crypto': ['core/ids', 'core/ports'],
  'core/codec': ['core/ids', 'core/ports'],
  'core/store': ['core/codec', 'core/crypto', 'core/ids', 'core/ports'],
  'core/net': ['core/codec', 'core/crypto', 'core/ids', 'core/ports'],
  'core/dht': ['core/net', 'core/codec', 'core/crypto', 'core/ids', 'core/ports'],
  'core/link': ['core/dht', 'core/net', 'core/codec', 'core/crypto', 'core/ids', 'core/ports'],
  'core/relay': ['core/dht', 'core/net', 'core/store', 'core/codec', 'core/crypto', 'core/ids', 'core/ports'],
  'core/messenger': [
    'core/relay',
    'core/link',
    'core/store',
    'core/codec',
    'core/crypto',
    'core/ids',
    'core/ports',
    'core/audio',
  ],
  'core/api': ['core/ids', 'core/ports'],
  'core/node': [
    ...['core/api', 'core/messenger', 'core/relay', 'core/link', 'core/dht', 'core/net', 'core/store', 'core/codec'],
    ...['core/crypto', 'core/audio', 'core/ids', 'core/ports'],
  ],
  renderer: ['core/api', 'core/audio', 'core/ids', 'core/ports'],
  electron: ['core/node', 'core/api', 'core/ids', 'core/ports'],
};

/** Packages by the places that may import them; a package not named here may be imported by nobody in the product. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(tweetnacl|sodium-native|@noble\/.+|@scure\/bip39(\/.+)?)$/, ['core/crypto']],
  [/^@scure\/base$/, ['core/ids']],
  [/^@signalapp\/sqlcipher$/, ['core/store', 'core/node']],
  [/^udx-native(\/.+)?$/, ['core/node']],
  [/^ws$/, ['core/node']],
  [/^valibot$/, ['core/api', 'core/node']],
  [/^node:/, ['core/node', 'electron']],
  [/^electron$/, ['electron']],
  [/^(react|react-dom|react-virtuoso|zustand|uqr)(\/.+)?$/, ['renderer']],
];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TESTING = /(\.test\.tsx?$|\/testing\/|^core\/testing\/)/;

interface Import {
  readonly from: string;
  /** Path from the project's folder, or the name of a package. */
  readonly to: string;
  readonly isPackage: boolean;
}

const files = ['core', 'renderer', 'electron'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts')),
);
const product = files.filter((file) => !TESTING.test(file));

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function importsOf(file: string): Import[] {
  const found = read(file).matchAll(
    /(?:^|[\s;])(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g,
  );
  return [...found].map(([, named, dynamic]) => {
    const name = named ?? dynamic ?? '';
    const isPackage = !name.startsWith('.');
    const to = isPackage ? name : relative(ROOT, join(ROOT, dirname(file), name)).replaceAll('\\', '/');
    return { from: file, to, isPackage };
  });
}

function layerOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'core' ? `core/${second}` : top;
}

const imports = product.flatMap(importsOf);

test('there is something to check', () => {
  expect(product.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(product.length);
  for (const file of product) expect(BELOW, file).toHaveProperty([layerOf(file)]);
});

test('a layer imports itself and the layers below it', () => {
  const wrong = imports
    .filter(({ isPackage, to }) => !isPackage && /\.tsx?$/.test(to) && !TESTING.test(to))
    .filter(({ from, to }) => layerOf(from) !== layerOf(to) && !BELOW[layerOf(from)]?.includes(layerOf(to)));
  expect(wrong).toEqual([]);
});

test('a package is imported only where it has its place', () => {
  const wrong = imports.filter(({ isPackage, from, to }) => {
    const places = PACKAGES.find(([pattern]) => pattern.test(to))?.[1];
    return isPackage && !places?.includes(layerOf(from));
  });
  expect(wrong).toEqual([]);
});

test('nothing of the product imports a test or a double', () => {
  expect(imports.filter(({ isPackage, to }) => !isPackage && TESTING.test(to))).toEqual([]);
});

test('the preload imports the contract and nothing else of ours', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { to, isPackage } of importsOf(file)) if (!isPackage) visit(to);
  };
  visit('electron/preload.ts');
  const ours = [...seen].filter((file) => file !== 'electron/preload.ts');
  expect(ours.every((file) => file.startsWith('core/api/') || file === 'electron/ipc-channels.ts')).toBe(true);
});

test('only the window factory makes windows', () => {
  const makers = product.filter((file) => /new BrowserWindow\b|new WebContentsView\b/.test(read(file)));
  expect(makers).toEqual(['electron/window-factory.ts']);
});

test('only the preload and the stand-in know ipcRenderer', () => {
  expect(product.filter((file) => /\bipcRenderer\b/.test(read(file)))).toEqual(['electron/preload.ts']);
});

describe('no file imports itself by a detour', () => {
  /** One circle of imports, or undefined. */
  function circle(): readonly string[] | undefined {
    const graph = new Map(
      product.map((file) => [file, imports.filter((one) => one.from === file && !one.isPackage).map(({ to }) => to)]),
    );
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const next of graph.get(file) ?? []) {
        const found = walk(next, [...path, file]);
        if (found !== undefined) return found;
      }
      done.add(file);
      return undefined;
    };
    for (const file of product) {
      const found = walk(file, []);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  test('anywhere', () => {
    expect(circle()).toBeUndefined();
  });
});

test('every log event has a name, since the logger masks sentences', () => {
  const calls = product.flatMap((file) =>
    [...read(file).matchAll(/[lL]ogger\.(?:debug|info|warn|error)\(\s*(['"`])(.*?)\1/g)].map(([, , event]) => [
      file,
      event,
    ]),
  );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.filter(([, event]) => !/^[a-z0-9.-]+$/.test(event!))).toEqual([]);
});

test('no log says what an error says, which may quote, and which the logger masks', () => {
  expect(product.filter((file) => /\berror: String\(error\)/.test(read(file)))).toEqual([]);
});
