import { promises } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { NodeFiles } from './adapters/node-files.ts';
import type { CoreFactory, RunningCore } from './core-factory.ts';

const LOOPBACK = '127.0.0.1';

export interface PrivateNetworkOptions {
  /** Nodes to start, 1 or more. */
  readonly count: number;
  /** Each node gets a folder in here; the caller removes it at the end. */
  readonly folder: string;
  readonly createCore: CoreFactory;
  readonly createNetwork: () => Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface PrivateNetwork {
  /** What a further node needs to join: HOST:PORT/PUBLICKEY of the first. */
  readonly bootstrap: string;
  readonly nodeIds: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts nodes without profiles that know each other through the first one, reachable from this computer only.
 * When one cannot start, those before it are stopped again and its error is thrown.
 */
export async function startPrivateNetwork(options: PrivateNetworkOptions): Promise<PrivateNetwork> {
  const cores: RunningCore[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(cores.map((core) => core.stop()));
  };
  try {
    cores.push(await startNode(options, 0, []));
    const bootstrap = cores[0]!.info().bootstrapAddress;
    const others = Array.from({ length: options.count - 1 }, (_, index) => startNode(options, index + 1, [bootstrap]));
    const started = await Promise.allSettled(others);
    for (const one of started) if (one.status === 'fulfilled') cores.push(one.value);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    return { bootstrap, nodeIds: cores.map((core) => core.info().nodeId), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNode(
  options: PrivateNetworkOptions,
  index: number,
  bootstrap: readonly string[],
): Promise<RunningCore> {
  const { folder, clock, random, logger, createCore, createNetwork } = options;
  const dataDir = join(folder, `node-${index}`);
  await promises.mkdir(dataDir, { recursive: true });
  const files = new NodeFiles(dataDir);
  const ports = { clock, random, logger, files, network: createNetwork() };
  return createCore({ ...ports, dataDir, udpPort: 0, host: LOOPBACK, bootstrap, lan: false });
}
