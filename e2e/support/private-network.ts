import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface PrivateNetwork {
  /** HOST:PORT/PUBLICKEY of one of its nodes. */
  readonly bootstrap: string;
  readonly nodeIds: readonly string[];
  stop(): Promise<void>;
}

/** Nodes without profiles on loopback, in one process of their own, as in `npm run demo`. They end with us at the latest. */
export async function startPrivateNetwork(nodes: number): Promise<PrivateNetwork> {
  const child = spawn(process.execPath, ['scripts/network.cjs', String(nodes)], {
    cwd: ROOT,
    env: { ...process.env, PARLEY_LAN: 'off' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the network ended with ${code}`)));
  });
  const stop = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill()) await gone;
  };
  return { ...JSON.parse(line), stop };
}
