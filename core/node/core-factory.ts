import type { CoreService } from '../api/core-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';

/** The operating system's store of secrets, as Electron offers it; a headless node has none. */
export interface KeyStore {
  /** False: it would not keep a secret (or is not there), and must not be used. */
  readonly available: boolean;
  /** Its name, for the log and the security page. */
  readonly kind: string;
  encrypt(bytes: Uint8Array): Uint8Array;
  /** @throws when the bytes were not encrypted here. */
  decrypt(bytes: Uint8Array): Uint8Array;
}

export interface CoreOptions {
  /** Exclusively ours for as long as the core runs. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The files below `dataDir`. */
  readonly files: Files;
  readonly network: Network;
  /** 0: that of earlier runs if it is free, else any. */
  readonly udpPort: number;
  /** Bind this address only; default: all. */
  readonly host?: string;
  /** HOST:PORT/PUBLICKEY each. */
  readonly bootstrap: readonly string[];
  readonly lan: boolean;
  /** Take no part in routing; default: only while others cannot reach this node. */
  readonly leaf?: boolean;
  readonly keyStore?: KeyStore;
  /** Age in ms at which a session key is replaced; default three minutes. None lives longer than five. */
  readonly rekeyAfterMs?: number;
  /** Somebody looks on who can restore a profile that cannot be opened: start all the same. Default: refuse. */
  readonly startDamaged?: boolean;
  /** Make a profile of this name, without passphrase, when there is none. */
  readonly ephemeralProfile?: string;
}

/** What a shell tells about the node it runs. */
export interface CoreInfo {
  /** Null without an open profile. */
  readonly publicId: string | null;
  /** 64 hexadecimal digits. */
  readonly nodeId: string;
  /** HOST:PORT/PUBLICKEY. */
  readonly bootstrapAddress: string;
  readonly udpPort: number;
}

export type RunningCore = CoreService & { info(): CoreInfo };

/** How the shells make a core; `create-core.ts` is the real one. */
export type CoreFactory = (options: CoreOptions) => Promise<RunningCore>;
