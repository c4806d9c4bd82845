import { renameSync } from 'node:fs';
import { basename } from 'node:path';
import { hash32 } from '../crypto/crypto.ts';
import type { RelayNetwork } from '../dht/relay-network.ts';
import type { DropCounter } from '../net/transport.ts';
import type { Clock } from '../ports/clock.ts';
import { FileUnusableError } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import { RelayNode } from '../relay/relay.ts';
import type { Relay } from '../relay/types.ts';
import { StoreError } from '../store/errors.ts';
import { openRelayCache, type RelayCacheDatabase } from '../store/relay-cache-database.ts';

/** What SQLite keeps of a database. */
const DATABASE_SUFFIXES = ['', '-wal', '-shm'];

export interface RelayHostOptions {
  readonly network: RelayNetwork;
  readonly drops: DropCounter;
  /** The 32-byte seed of the node key: the cache's key comes from it. */
  readonly seed: Uint8Array;
  /** Bytes given to others. */
  readonly capacityBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A carrier that runs. */
export interface RelayHost {
  readonly relay: Relay;
  /** Commits what is gathered. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Opens the relay cache in the file `path` and begins to carry.
 * @throws {StoreError}, {DiskFullError}, {FileUnusableError}
 */
export function openRelayHost(path: string, options: RelayHostOptions): RelayHost {
  const { seed, capacityBytes, logger, clock } = options;
  const key = hash32('relay cache key', seed);
  const store = openOrBegin(path, key, (suffix) => `${path}.old-${Math.floor(clock.wall())}${suffix}`, logger);
  const relay = new RelayNode({ ...options, store, settings: { capacityBytes } });
  relay.start();
  let stopping: Promise<void> | undefined;
  const end = () => {
    relay.stop();
    return store.close();
  };
  return {
    relay,
    stop: () => {
      stopping ??= end();
      return stopping;
    },
  };
}

/** A damaged cache is put aside and a new one begun: other nodes hold copies, and a person must not be locked out by it. */
function openOrBegin(
  path: string,
  key: Uint8Array,
  asideName: (suffix: string) => string,
  logger: Logger,
): RelayCacheDatabase {
  try {
    return openRelayCache({ path, key }, setImmediate);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'io') {
      throw new FileUnusableError(basename(path), 'opened', error.cause);
    }
    const damaged = error instanceof StoreError && ['database-corrupt', 'wrong-key'].includes(error.code);
    if (!damaged) throw error;
    logger.warn('relay-cache-damaged', { code: error.code });
    for (const suffix of DATABASE_SUFFIXES) moveAside(`${path}${suffix}`, asideName(suffix));
    return openRelayCache({ path, key }, setImmediate);
  }
}

function moveAside(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
  }
}
