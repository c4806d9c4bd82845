import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BUNDLE = join(import.meta.dirname, 'bundle.cjs');

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-bundle-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A bundle that answers with `word`, as the build would leave it. */
function write(word, digest = word.repeat(64)) {
  writeFileSync(join(folder, 'parley.js'), `(function () { return '${word}'; })\n//${digest}`);
}

/** Each in a process of its own: within one, V8 knows a source it has compiled before. */
function inNewProcess(text) {
  const program = `const bundle = require(${JSON.stringify(BUNDLE)}); const folder = ${JSON.stringify(folder)}; ${text}`;
  return execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
}

function keepCode() {
  inNewProcess(`const { source, script } = bundle.loadBundle(folder); script.runInThisContext()();
    require('fs').writeFileSync(bundle.codeFile({ folder }), bundle.packCode(source, script.createCachedData()));`);
}

function load() {
  const text = inNewProcess(`const { script: { cachedDataRejected }, script } = bundle.loadBundle(folder);
    console.log(JSON.stringify({ answer: script.runInThisContext()(), rejected: cachedDataRejected ?? 'no code' }));`);
  return JSON.parse(text);
}

test('code that was kept is used', () => {
  write('a');
  keepCode();
  expect(load()).toEqual({ answer: 'a', rejected: false });
});

test('without kept code the bundle runs all the same', () => {
  write('a');
  expect(load()).toEqual({ answer: 'a', rejected: 'no code' });
});

test('code of another bundle of the same length is not even shown to V8', () => {
  write('a');
  keepCode();
  write('b');
  expect(load()).toEqual({ answer: 'b', rejected: 'no code' });
});

test.each([
  ['cut', (bytes) => bytes.subarray(0, bytes.length - 40), true],
  ['of another V8', (bytes) => bytes.fill(0x5a, 64, 80), true],
  ['empty', () => Buffer.alloc(0), 'no code'],
])('code that is %s costs time only', (_, spoil, rejected) => {
  write('a');
  keepCode();
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.code'));
  writeFileSync(join(folder, file), spoil(readFileSync(join(folder, file))));
  expect(load()).toEqual({ answer: 'a', rejected });
});
