import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface NetworkLine {
  /** HOST:PORT/PUBLICKEY of one of its nodes. */
  readonly bootstrap: string;
  readonly nodeIds: readonly string[];
}

/** Nodes without profiles on loopback, in one process of their own, as in `npm run demo`. They end with the test. */
export async function startPrivateNetwork(nodes: number): Promise<NetworkLine> {
  const child = spawn(process.execPath, ['dist/node/network.js', String(nodes)], {
    cwd: ROOT,
    env: { ...process.env, PARLEY_LAN: 'off' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill()) await gone;
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the network ended with ${code}`)));
  });
  return JSON.parse(line);
}
