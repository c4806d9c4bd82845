import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import { afterAll } from 'vitest';
import type { FakeConnection } from '../../renderer/testing/fake-transport.ts';

const RENDERER = fileURLToPath(new URL('../../renderer', import.meta.url));
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

let server: Promise<Server> | undefined;
afterAll(async () => (await server)?.close());

/** The whole UI on the fake core of `renderer/testing`, for states that real nodes reach only after days. */
export async function fakePageUrl(scene: string): Promise<string> {
  server ??= serve();
  const { port } = (await server).address() as AddressInfo;
  return `http://127.0.0.1:${port}/dev.html?scene=${scene}`;
}

/** Does something with the fake core inside of the page; `act` sees nothing of the test but its argument. */
export async function withFake<A>(
  page: Page,
  act: (given: { fake: FakeConnection; argument: A }) => void,
  argument: A,
): Promise<void> {
  const fake = await page.evaluateHandle(() => (window as unknown as { fake: FakeConnection }).fake);
  await page.evaluate(act as (given: unknown) => void, { fake, argument });
}

/** A friend calls. */
export function ring(page: Page, alias: string): Promise<void> {
  return withFake(
    page,
    ({ fake: { core }, argument }) => {
      const { key } = [...core.friends.values()].find((friend) => friend.alias === argument)!;
      core.calls.ring(key);
    },
    alias,
  );
}

/** The core takes its time over these requests. @returns what lets it answer them. */
export async function holdRequests(page: Page, method: string): Promise<() => Promise<void>> {
  await withFake(
    page,
    ({ fake: { transport }, argument }) => {
      const request = transport.request.bind(transport);
      const answered = new Promise((resolve) => globalThis.addEventListener('answer', resolve, { once: true }));
      transport.request = async (method, args) => {
        if (method === argument) await answered;
        return request(method, args);
      };
    },
    method,
  );
  return () => page.evaluate(() => void globalThis.dispatchEvent(new Event('answer')));
}

async function serve(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: { app: `${RENDERER}/testing/dev.tsx` },
    outdir: 'out',
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
  });
  const files = new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/')), text]));
  files.set('/dev.html', readFileSync(`${RENDERER}/testing/dev.html`, 'utf8'));
  const listening = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    const text = files.get(path);
    response.writeHead(text === undefined ? 204 : 200, { 'content-type': TYPES[extname(path)] ?? 'text/plain' });
    response.end(text);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return listening;
}
