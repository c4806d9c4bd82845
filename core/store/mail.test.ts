import { beforeEach, describe, expect, it } from 'vitest';
import { type InviteTag, type MessageId, type ProfileKey, toHex } from '../ids/bytes.ts';
import type { NewEnvelope } from './mail-types.ts';
import { MAX_RESERVED_PLACES } from './place-table.ts';
import { Store } from './store.ts';

/** The database gives Buffers. */
const hex = (bytes: Uint8Array | undefined) => bytes && toHex(bytes);
const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
let store: Store;
let friend: number;
let device: number;
let counter = 0;

beforeEach(() => {
  const options = { path: ':memory:', key: fill(32, 7), deviceTag: () => fill(8, 9), wall: () => 1_000 };
  store = new Store(options);
  const row = { key: fill(32, 1) as ProfileKey, tag: fill(4, 1) as InviteTag, alias: 'a', addedAt: 5 };
  friend = store.batch((write) => write.friends.add({ ...row, state: 'friend' })).id;
  device = store.batch((write) => write.devices.seen(friend, fill(8, 3), 1)).id;
});

function receive(seq: number) {
  const id = fill(16, 0);
  new DataView(id.buffer).setUint32(0, ++counter);
  const row = { friend, device, seq, messageId: id as MessageId, sentAt: 1, storedAt: 2, text: `text ${seq}` };
  return store.batch((write) => write.messages.addIncoming(row));
}

const shown = () => store.read.messages.page({ friend, limit: 99 }).map((row) => row.seq);
const missing = (from: number, below: number) => store.read.places.missing(friend, device, from, below);
const reserve = (from: number, below: number) =>
  store.batch((write) => write.places.reserve(friend, device, from, below));

describe('places kept for late messages', () => {
  it('count as not missing any more, and take the message when it comes', () => {
    receive(1);
    expect(missing(1, 5)).toBe(3);
    reserve(1, 5);
    expect(missing(1, 5)).toBe(0);
    receive(5);
    receive(3);
    receive(6);
    expect(shown()).toEqual([1, 3, 5, 6]);
    receive(2);
    receive(4);
    expect(shown()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('make a late message unread, though what comes after it is read, and let it be found', () => {
    receive(1);
    reserve(2, 3);
    const last = receive(3)!;
    store.batch((write) => write.messages.markRead(friend, last.id, 9));
    expect(store.search({ query: 'text', limit: 9, marker: 'abcdefgh' })).toHaveLength(2);
    const deviceRow = () => store.read.devices.of(friend)[0]!;
    expect(store.read.messages.readUpTo(friend, deviceRow())).toBe(1);
    receive(2);
    expect(store.read.friends.byId(friend)).toMatchObject({ unread: 1 });
    expect(store.search({ query: 'text', limit: 9, marker: 'abcdefgh' })).toHaveLength(3);
    expect(store.batch((write) => write.messages.markRead(friend, last.id, 9))).toMatchObject([{ device, seq: 2 }]);
    expect(store.read.friends.byId(friend)).toMatchObject({ unread: 0 });
    expect(store.read.messages.readUpTo(friend, deviceRow())).toBe(3);
  });

  it('are bounded, and given up when the sender says that nothing comes', () => {
    reserve(1, 1_000_000);
    expect(missing(1_000_000 - MAX_RESERVED_PLACES, 1_000_000)).toBe(0);
    expect(missing(1, 1_000_000)).toBe(999_999 - MAX_RESERVED_PLACES);
    receive(1_000_000);
    store.batch((write) => write.places.release(friend, device, 1_000_000));
    receive(999_999);
    expect(shown()).toEqual([1_000_000, 999_999]);
  });
});

describe('envelopes', () => {
  const envelope = (id: number, seqs: [number, number]): NewEnvelope => ({
    ...{ id: fill(16, id), friend, kind: 'messages', firstSeq: seqs[0], lastSeq: seqs[1] },
    ...{ createdAt: 1, expiresAt: 100, bytes: fill(10, id) },
  });

  it('are kept with the messages inside, until they are deleted', () => {
    store.batch((write) => {
      write.mail.add(envelope(1, [1, 3]));
      write.mail.add(envelope(2, [5, 5]));
      write.mail.add({ ...envelope(3, [0, 0]), kind: 'request' });
    });
    expect(store.read.mail.sealedUpTo(friend)).toBe(5);
    expect(store.read.mail.open(friend).map((row) => row.kind)).toEqual(['messages', 'messages', 'request']);
    expect(hex(store.read.mail.bytes(fill(16, 2)))).toBe(hex(fill(10, 2)));
    store.batch((write) => write.mail.delete(fill(16, 2)));
    expect(store.read.mail.sealedUpTo(friend)).toBe(3);
    expect(store.read.mail.bytes(fill(16, 2))).toBeUndefined();
  });

  it('say who keeps a message, and until when', () => {
    store.batch((write) => {
      write.mail.add(envelope(1, [1, 3]));
      write.mail.add({ ...envelope(3, [0, 0]), kind: 'request' });
    });
    expect(store.read.mail.custodyOf(friend, 2)).toBeUndefined();
    store.batch((write) => {
      expect(write.mail.noteCustody(fill(16, 1), { holders: 2, storedUntil: 90 })).toBe(true);
      expect(write.mail.noteCustody(fill(16, 3), { holders: 1, storedUntil: undefined })).toBe(true);
      expect(write.mail.noteCustody(fill(16, 9), { holders: 1, storedUntil: undefined })).toBe(false);
    });
    expect(store.read.mail.custodyOf(friend, 2)).toEqual({ holders: 2, until: 90 });
    expect(store.read.mail.custodyOf(friend, 4)).toBeUndefined();
    expect(store.read.mail.custodyOfKind(friend, 'request')).toEqual({ holders: 1, until: 100 });
  });

  it('that came are remembered until their time is over', () => {
    store.batch((write) => write.mail.see(fill(16, 1), 50));
    expect(store.read.mail.isSeen(fill(16, 1))).toBe(true);
    store.batch((write) => write.mail.forgetSeen(51));
    expect(store.read.mail.isSeen(fill(16, 1))).toBe(false);
  });
});

describe('keys and capabilities', () => {
  it('hand out each key of a friend once, the newest first, and none that is too old', () => {
    const keys = [1, 2, 3].map((n) => fill(32, n));
    const add = (some: Uint8Array[], at: number) =>
      store.batch((write) => write.mailKeys.addPeerKeys(friend, some, { at, limit: 3 }));
    add(keys, 10);
    add([keys[1]!, fill(32, 4)], 20);
    expect(store.read.mailKeys.peerKeyCount(friend)).toBe(3);
    const take = (since: number) => store.batch((write) => write.mailKeys.takePeerKey(friend, since));
    expect(hex(take(0))).toBe(hex(fill(32, 4)));
    expect(hex(take(0))).toBe(hex(fill(32, 3)));
    expect(take(15)).toBeUndefined();
    expect(take(0)).toBeUndefined();
  });

  it('erase own secrets that are too many or too old', () => {
    const own = (n: number) => ({ hint: fill(8, n), friend, secret: fill(32, n) });
    const left = (limits: { most: number; least: number; before: number }) => {
      store.batch((write) => write.mailKeys.trimOwnKeys(friend, limits));
      return [1, 2, 3, 4, 5].filter((n) => store.read.mailKeys.ownKey(fill(8, n)) !== undefined);
    };
    store.batch((write) => {
      for (const n of [1, 2, 3, 4, 5]) write.mailKeys.addOwnKey(own(n), n);
    });
    expect(left({ most: 4, least: 1, before: 0 })).toEqual([2, 3, 4, 5]);
    expect(left({ most: 4, least: 3, before: 9 })).toEqual([3, 4, 5]);
    expect(left({ most: 4, least: 1, before: 4 })).toEqual([4, 5]);
    expect(hex(store.read.mailKeys.ownKey(fill(8, 4))?.secret)).toBe(hex(fill(32, 4)));
    store.batch((write) => write.mailKeys.deleteOwnKey(fill(8, 4)));
    expect(store.read.mailKeys.ownKeyCount(friend)).toBe(1);
  });

  it('go with their friend', () => {
    store.batch((write) => {
      write.mailKeys.setCapability(friend, { policy: fill(9, 1), toldNumber: 7 });
      write.mailKeys.setCapability(friend, { acceptDue: true });
      write.mail.addDue(friend, { device, seq: 1, read: true });
    });
    const capability = store.read.mailKeys.capability(friend);
    expect(capability).toMatchObject({ seed: undefined, toldNumber: 7, acceptDue: true });
    expect(hex(capability.policy)).toBe(hex(fill(9, 1)));
    expect(store.read.mailKeys.acceptsDue()).toEqual([friend]);
    expect(store.read.mail.due(friend, device, 9)).toEqual([{ device, seq: 1, read: true }]);
    store.batch((write) => write.friends.delete(friend));
    expect(store.read.mailKeys.acceptsDue()).toEqual([]);
    expect(store.read.mail.friendsDue()).toEqual([]);
  });
});
