import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiEvent, EventName, EventPayload } from '../../api/contract.ts';
import { silentLogger } from '../../ports/logger.ts';
import type { Network } from '../../ports/network.ts';
import { NodeFiles } from '../adapters/node-files.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { SystemRandom } from '../adapters/system-random.ts';
import { createUdxNetwork } from '../adapters/udx-network.ts';
import type { CoreOptions, RunningCore } from '../core-factory.ts';
import { createCore } from '../create-core.ts';

const EVENT_LIMIT_MS = 20_000;

/** Real cores on loopback, in folders of their own, for tests that want everything real but the shell. */
export class RealCores {
  readonly #network: Network = createUdxNetwork();
  readonly #running = new Set<RunningCore>();
  readonly #folders: string[] = [];

  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'parley-test-'));
    this.#folders.push(path);
    return path;
  }

  async start(options: Partial<CoreOptions> = {}): Promise<RunningCore> {
    const dataDir = options.dataDir ?? (await this.folder());
    const core = await createCore({
      dataDir,
      clock: new SystemClock(),
      random: new SystemRandom(),
      logger: silentLogger,
      files: new NodeFiles(dataDir),
      network: this.#network,
      udpPort: 0,
      host: '127.0.0.1',
      bootstrap: [],
      lan: false,
      ...options,
    });
    this.#running.add(core);
    return core;
  }

  async stop(core: RunningCore): Promise<void> {
    this.#running.delete(core);
    await core.stop();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((core) => this.stop(core)));
    await Promise.all(this.#folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** Resolves with the first event of this name that fits; already past events do not count. */
export function nextEvent<E extends EventName>(
  core: RunningCore,
  name: E,
  fits: (payload: EventPayload<E>) => boolean = () => true,
): Promise<EventPayload<E>> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no fitting ${name} within ${EVENT_LIMIT_MS} ms`)), EVENT_LIMIT_MS);
    const end = core.onEvent((event: ApiEvent) => {
      if (event.name !== name || !fits(event.payload as EventPayload<E>)) return;
      clearTimeout(limit);
      end();
      resolve(event.payload as EventPayload<E>);
    });
  });
}
