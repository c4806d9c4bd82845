import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger } from './adapters/json-logger.ts';
import { SystemClock } from './adapters/system-clock.ts';
import { SystemRandom } from './adapters/system-random.ts';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { toStartError } from './cli/exit-codes.ts';
import { createCore } from './create-core.ts';
import { limitNewSpace } from './new-space.ts';
import { startPrivateNetwork } from './private-network.ts';
import { endOnSignals } from './process-end.ts';

/** The demo's network as a process: COUNT nodes; tells their bootstrap address as one line of JSON. */
export async function runPrivateNetwork(): Promise<void> {
  const count = Math.max(1, Number.parseInt(process.argv[2] ?? '20', 10) || 1);
  const folder = mkdtempSync(join(tmpdir(), 'parley-network-'));
  const release = (): void => rmSync(folder, { recursive: true, force: true });
  const end = endOnSignals();
  try {
    const network = await startPrivateNetwork({
      count,
      folder,
      createCore,
      createNetwork: createUdxNetwork,
      clock: new SystemClock(),
      random: new SystemRandom(),
      logger: new JsonLogger({ level: 'warn' }),
    });
    end.owner({ stop: () => network.stop(), release });
    process.stdout.write(
      `${JSON.stringify({ ready: true, bootstrap: network.bootstrap, nodeIds: network.nodeIds })}\n`,
    );
    await limitNewSpace();
  } catch (error) {
    release();
    const { exitCode, message } = toStartError(error);
    process.stderr.write(`parley: ${message}\n`);
    end.with(exitCode);
  }
}
