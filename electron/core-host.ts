import { createDispatcher, type Dispatcher } from '../core/api/dispatch.ts';
import { JsonLogger } from '../core/node/adapters/json-logger.ts';
import { NodeFiles } from '../core/node/adapters/node-files.ts';
import { SystemClock } from '../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../core/node/adapters/udx-network.ts';
import { goFirstInCalls } from '../core/node/call-priority.ts';
import { type DataFolder, openDataFolder } from '../core/node/cli/data-folder.ts';
import type { KeyStore, RunningCore } from '../core/node/core-factory.ts';
import { createCore } from '../core/node/create-core.ts';
import type { ShellOptions } from './shell-options.ts';

/** The core inside the main process. */
export interface CoreHost {
  readonly core: RunningCore;
  readonly dispatcher: Dispatcher;
  /** Ends links, saves, frees the data folder. Idempotent. */
  stop(): Promise<void>;
}

export interface CoreHostOptions {
  readonly dataDir: string;
  readonly keyStore: KeyStore;
  readonly shell: ShellOptions;
}

/** @throws {StartError | ApiError} for what a person can do something about, else whatever went wrong. */
export async function startCoreHost({ dataDir, keyStore, shell }: CoreHostOptions): Promise<CoreHost> {
  const folder = openDataFolder(dataDir);
  try {
    const core = await startCore(folder, keyStore, shell);
    goFirstInCalls(core);
    const dispatcher = createDispatcher(core.handlers, { logger: new JsonLogger({ level: 'warn' }) });
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopping ??= stopAll(core, dispatcher, folder);
      return stopping;
    };
    return { core, dispatcher, stop };
  } catch (error) {
    folder.release();
    throw error;
  }
}

function startCore(folder: DataFolder, keyStore: KeyStore, shell: ShellOptions): Promise<RunningCore> {
  return createCore({
    dataDir: folder.path,
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: new JsonLogger({ level: 'warn' }),
    files: new NodeFiles(folder.path),
    network: createUdxNetwork(),
    udpPort: 0,
    host: shell.host,
    bootstrap: shell.bootstrap,
    lan: shell.lan,
    keyStore,
    ephemeralProfile: shell.ephemeralProfile,
    // The window tells what is wrong, and leads on.
    startDamaged: true,
  });
}

async function stopAll(core: RunningCore, dispatcher: Dispatcher, folder: DataFolder): Promise<void> {
  // New calls are refused from now on; those under way end with the core.
  void dispatcher.stop();
  try {
    await core.stop();
  } finally {
    folder.release();
  }
}
