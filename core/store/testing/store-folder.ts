import type { InviteTag, MessageId, ProfileKey } from '../../ids/bytes.ts';
import { Store } from '../store.ts';
import type { FriendNumber, FriendRow, MessageRow, StoreWrites } from '../types.ts';

export const KEY = new Uint8Array(32).fill(7);
export const TAG = new Uint8Array([1, 2, 3, 4]) as InviteTag;
const IN_MEMORY = ':memory:';

export const key = (n: number) => new Uint8Array(32).fill(n) as ProfileKey;

let counter = 0;

export function newId(): MessageId {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, ++counter);
  return id as MessageId;
}

export interface FolderParts {
  readonly folder: string;
  /** Copies a file where there is one. */
  readonly copy: (from: string, to: string) => void;
}

/** Stores in a folder of a test, which makes and removes it. */
export class StoreFolder {
  /** Of the first store. */
  readonly path: string;
  readonly #parts: FolderParts;
  readonly #stores = new Map<Store, string>();

  constructor(parts: FolderParts) {
    this.#parts = parts;
    this.path = `${parts.folder}/profile.db`;
  }

  open(at = this.path, databaseKey = KEY): Store {
    const parts = { deviceTag: () => new Uint8Array(8).fill(9), wall: () => 1_000 };
    const store = new Store({ path: at, key: databaseKey, ...parts });
    this.#stores.set(store, at);
    return store;
  }

  /** Where the database is. */
  pathOf(store: Store): string {
    return this.#stores.get(store)!;
  }

  inMemory(): Store {
    return this.open(IN_MEMORY);
  }

  /** The database as a power cut would leave it: what is in the files now, in another place. */
  afterPowerCut(store: Store): Store {
    const from = this.pathOf(store);
    const copy = `${this.#parts.folder}/copy-${++counter}.db`;
    for (const suffix of ['', '-wal']) this.#parts.copy(from + suffix, copy + suffix);
    return this.open(copy);
  }

  close(): void {
    for (const store of this.#stores.keys()) store.close();
  }
}

export function addFriend(store: Store, n = 1): FriendRow {
  return store.batch((write) =>
    write.friends.add({ key: key(n), tag: TAG, alias: `f${n}`, state: 'friend', addedAt: 5 }),
  );
}

export function send(write: StoreWrites, friend: FriendNumber, text: string): MessageRow {
  return write.messages.addOutgoing({ friend, messageId: newId(), text, at: 10 });
}

export function receive(write: StoreWrites, friend: FriendNumber, text: string, seq = ++counter): MessageRow {
  const device = write.devices.seen(friend, new Uint8Array(8).fill(3), 1).id;
  const message = { friend, device, seq, messageId: newId(), sentAt: 1, storedAt: 2, text };
  return write.messages.addIncoming(message)!;
}
