import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAppUrl, serveAppPage } from './app-page.ts';

type Handler = (request: { url: string; method: string }) => Promise<Response>;

let folder: string;
let ask: (url: string, method?: string) => Promise<Response>;

function serve(): void {
  let handler: Handler | undefined;
  serveAppPage({ handle: (_scheme: string, given: unknown) => (handler = given as Handler) } as never, folder);
  ask = (url, method = 'GET') => (handler as Handler)({ url, method });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-app-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'app.js'), '1');
  serve();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the page over its own scheme', () => {
  test('has types and the strict policy', async () => {
    const answer = await ask('app://parley/app.js');
    expect([answer.status, await answer.text()]).toEqual([200, '1']);
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(answer.headers.get('content-length')).toBe('1');
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('ignores query and fragment', async () => {
    expect((await ask('app://parley/index.html?a#b')).status).toBe(200);
  });

  test.each([
    'app://parley/../package.json',
    'app://parley/%2e%2e/package.json',
    'app://parley/..%2fpackage.json',
    'app://parley/..\\package.json',
    'app://parley//app.js',
    'app://parley/app.js%00',
    'app://parley/none',
    'app://other/index.html',
    'app://user@parley/index.html',
    'app://parley:80/index.html',
    'app:index.html',
    'file:///etc/passwd',
    'nonsense',
  ])('has nothing at %s', async (url) => {
    expect((await ask(url)).status).toBe(404);
  });

  test('takes nothing', async () => {
    expect((await ask('app://parley/app.js', 'POST')).status).toBe(405);
  });

  test('that was never built is empty, not a crash', async () => {
    rmSync(folder, { recursive: true });
    serve();
    expect((await ask('app://parley/index.html')).status).toBe(404);
  });
});

test.each([
  ['app://parley/index.html', true],
  ['app://parley', true],
  ['app://parley.evil/', false],
  ['app://evil/parley', false],
  ['https://parley/', false],
  ['', false],
])('%s belongs to the page: %s', (url, expected) => {
  expect(isAppUrl(url)).toBe(expected);
});
