import { type ProfileKeyPair, profileKeyPairFromSeed, wipe } from '../crypto/crypto.ts';
import type { KeyFileSecrets } from '../crypto/key-file.ts';
import { INVITE_TAG_BYTES, type InviteTag, inviteTag, toHex } from '../ids/bytes.ts';
import { encodePublicId } from '../ids/public-id.ts';
import { linkIdentity } from '../link/identity.ts';
import { ParleyLinks } from '../link/manager.ts';
import { Messenger } from '../messenger/messenger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import { Store } from '../store/store.ts';
import { FileFlusher } from './adapters/file-flusher.ts';
import { Elsewhere } from './elsewhere.ts';
import type { NetworkService } from './network-service.ts';

const DEVICE_TAG_BYTES = 8;
const TAG_KEY = 'profile.invite-tag';
const WORDS_KEY = 'profile.words-confirmed';

export interface SessionOptions {
  readonly secrets: KeyFileSecrets;
  readonly databasePath: string;
  /** Of a new profile: the database is made. */
  readonly isNew: boolean;
  readonly network: NetworkService;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly rekeyAfterMs?: number;
  /** The database turns out to be damaged between start and stop, maybe again and again. */
  readonly damaged?: () => void;
}

/** The database of a profile. @throws {StoreError} `database-corrupt`, `wrong-key`...; {DiskFullError} */
export function openProfileStore(
  options: Pick<SessionOptions, 'secrets' | 'databasePath' | 'isNew' | 'clock' | 'random' | 'damaged'>,
): Store {
  return new Store({
    path: options.databasePath,
    key: options.secrets.databaseKey,
    deviceTag: () => options.random.bytes(DEVICE_TAG_BYTES),
    wall: () => options.clock.wall(),
    expected: !options.isNew,
    openFlusher: (path) => new FileFlusher(path, { of: options.databasePath }),
    damaged: options.damaged,
  });
}

/** An open profile: its database, its links and its messenger. */
export class ProfileSession {
  readonly store: Store;
  readonly links: ParleyLinks;
  readonly messenger: Messenger;
  readonly elsewhere: Elsewhere;
  readonly keys: ProfileKeyPair;
  readonly #random: Random;
  #running = false;
  #tag: InviteTag;
  /** In memory, so that a damaged page of the database does not keep anybody from seeing their profile. */
  #wordsConfirmed: boolean;

  /** @throws {StoreError} `database-corrupt`, `wrong-key`...; {DiskFullError} */
  constructor(options: SessionOptions) {
    const { secrets, databasePath, isNew, network, clock, random, logger, rekeyAfterMs, damaged } = options;
    this.#random = random;
    this.keys = profileKeyPairFromSeed(secrets.profileSeed);
    const { transport, dht: overlay } = network;
    this.links = new ParleyLinks({ profile: this.keys, transport, overlay, clock, random, logger, rekeyAfterMs });
    this.elsewhere = new Elsewhere({ links: this.links, clock, logger });
    // Before the database, which blocks this thread: the network looks for our position meanwhile.
    this.links.announce();
    let store: Store | undefined;
    try {
      const found = () => this.#running && damaged?.();
      store = openProfileStore({ secrets, databasePath, isNew, clock, random, damaged: found });
      this.store = store;
      this.#tag = this.#readTag() ?? this.#writeTag();
      this.#wordsConfirmed = this.store.read.keyValues.get(WORDS_KEY) !== undefined;
      const mail = { relay: network.relay, network: overlay };
      const self = { identity: linkIdentity(this.keys), tag: this.#tag };
      this.messenger = new Messenger({ store, links: this.links, clock, random, logger, self, mail });
    } catch (error) {
      void this.links.stop();
      store?.close();
      throw error;
    }
  }

  start(): void {
    this.#running = true;
    this.messenger.start();
    this.links.start();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.elsewhere.stop();
    try {
      await this.messenger.stop();
    } finally {
      // Over a damaged database the messenger may not get to its end.
      await this.links.stop();
      this.store.close();
      wipe(this.keys.secretKey);
    }
  }

  get publicId(): string {
    return encodePublicId({ key: this.keys.publicKey, tag: this.#tag });
  }

  get inviteTag(): string {
    return toHex(this.#tag);
  }

  /** Strangers can use the old public ID no more; friends are not affected. */
  newInviteTag(): void {
    this.useInviteTag(this.#random.bytes(INVITE_TAG_BYTES));
  }

  useInviteTag(tag: Uint8Array): void {
    this.#tag = this.#writeTag(tag);
    this.messenger.setInviteTag(this.#tag);
  }

  get wordsConfirmed(): boolean {
    return this.#wordsConfirmed;
  }

  confirmWords(): void {
    this.store.batch((write) => write.keyValues.set(WORDS_KEY, new Uint8Array([1])));
    this.#wordsConfirmed = true;
  }

  #readTag(): InviteTag | undefined {
    const stored = this.store.read.keyValues.get(TAG_KEY);
    return stored?.length === INVITE_TAG_BYTES ? inviteTag(stored) : undefined;
  }

  #writeTag(tag: Uint8Array = this.#random.bytes(INVITE_TAG_BYTES)): InviteTag {
    this.store.batch((write) => write.keyValues.set(TAG_KEY, tag));
    return inviteTag(tag);
  }
}
