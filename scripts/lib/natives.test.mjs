import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { bundleNatives } from './natives.mjs';
import { ROOT } from './root.mjs';

/** What a bundled program prints. */
async function run(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    plugins: [bundleNatives],
  });
  return execFileSync(process.execPath, ['-'], { input: outputFiles[0].text, encoding: 'utf8' });
}

const LOADED = `console.log(['https', 'tls'].filter((name) => process.moduleLoadList.includes('NativeModule ' + name)));`;

test('a server of WebSockets loads nothing for TLS', async () => {
  const made = `import { WebSocketServer } from 'ws'; new WebSocketServer({ noServer: true }); ${LOADED}`;
  expect(await run(made)).toBe('[]\n');
});

test('a connection over TLS still finds what it needs', async () => {
  const made = `import { WebSocket } from 'ws'; const socket = new WebSocket('wss://127.0.0.1:1');
    socket.on('error', ({ code }) => { console.log(code); ${LOADED} });`;
  expect(await run(made)).toBe("ECONNREFUSED\n[ 'https', 'tls' ]\n");
});
