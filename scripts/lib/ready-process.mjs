// A child of ours that prints one JSON line when it is ready.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DOOR_ENV } from './door.mjs';
import { ROOT } from './root.mjs';

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 4_000;

/**
 * Starts `node FILE ARGS` and resolves with { ready, child, stop } once it printed its line; rejects with its last words
 * when it ends before. It ends with us: it holds a channel to us, and closes when that does. A door (`door.mjs`) is where
 * its page is to be.
 */
export function startReady(file, args, { door } = {}) {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    // Node reads the certificates of NODE_EXTRA_CA_CERTS at each start, for TLS, which a node does not speak.
    env: {
      ...process.env,
      PARLEY_LAN: process.env.PARLEY_LAN ?? 'off',
      NODE_EXTRA_CA_CERTS: undefined,
      ...(door === undefined ? {} : DOOR_ENV),
    },
    // Ctrl-C in a terminal goes to the whole group; the child is to be told once, by us.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000);
  });
  const stop = () => stopChild(child);
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      void stop();
      reject(new Error(errors.trim() || reason));
    };
    const limit = setTimeout(() => fail('it was not ready within a minute'), READY_LIMIT_MS);
    child.once('error', (error) => fail(error.message));
    door?.giveTo(child).catch((error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(limit);
      child.removeAllListeners('exit');
      resolve({ ready: JSON.parse(line), child, stop });
    });
  });
}

function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
