import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PageFiles, readPageFiles } from './page-files.ts';
import { contentSecurityPolicy } from './page-headers.ts';

let folder: string;
let files: PageFiles;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-page-'));
  mkdirSync(join(folder, 'fonts'));
  for (const name of ['index.html', 'app.js', 'app.css', 'fonts/a.woff2', 'app.js.map', '.secret.txt', 'noext']) {
    writeFileSync(join(folder, name), name);
  }
  if (process.platform !== 'win32') symlinkSync('/etc/hosts', join(folder, 'hosts.txt'));
  files = await readPageFiles(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('only plain files of known types are there', () => {
  expect([...files.keys()].sort()).toEqual(['/', '/app.css', '/app.js', '/fonts/a.woff2', '/index.html']);
});

test('each has its type, its bytes and a tag that follows the bytes', () => {
  expect(files.get('/')).toBe(files.get('/index.html'));
  expect(files.get('/app.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', body: Buffer.from('app.js') });
  expect(files.get('/app.js')?.etag).toMatch(/^"[\w-]{43}"$/);
  expect(files.get('/app.js')?.etag).not.toBe(files.get('/app.css')?.etag);
});

test('the policy allows nothing inline, nothing evaluated and nothing from elsewhere', () => {
  for (const connect of ["'self'", "'none'"] as const) {
    const policy = contentSecurityPolicy(connect);
    expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`connect-src ${connect};`);
    expect(policy).toContain("worker-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types parley-worker");
  }
});
