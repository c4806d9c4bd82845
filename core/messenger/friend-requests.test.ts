import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../codec/layout.ts';
import { friendRequest } from '../codec/messages.ts';
import { profileKeyPairFromSeed } from '../crypto/crypto.ts';
import { toHex } from '../ids/bytes.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { MAX_WAITING_REQUESTS } from './request-inbox.ts';
import { befriend, codeOf, type Person, World } from './testing/people.ts';

let world: World;

beforeEach(() => {
  world = new World(testDisk());
});
afterEach(() => world.close());

const two = (): [Person, Person] => [world.person('ann'), world.person('bob')];

describe('requests of others', () => {
  const introduce = (to: Person, seed: number, payload?: Uint8Array) => {
    const from = profileKeyPairFromSeed(
      new Uint8Array(32).fill(seed).map((_, i) => (i === 0 ? seed >> 8 : seed)),
    ).publicKey;
    const bytes =
      payload ??
      encode(friendRequest, {
        version: 1,
        name: `name\u0000 ${seed}`,
        greeting: 'hello',
        tag: new Uint8Array(4),
        sentAt: 1,
        home: new Uint8Array(32).fill(seed),
        extension: new Uint8Array(3),
      });
    to.links.hear({ from, payload: bytes });
    return toHex(from);
  };

  it('are kept once, cleaned, and dropped oldest first when there are too many', async () => {
    const bob = world.person('bob');
    for (let seed = 1; seed <= MAX_WAITING_REQUESTS + 5; seed++) introduce(bob, seed);
    await world.clock.runFor(1);
    introduce(bob, 100);
    await world.clock.runFor(1);
    const waiting = bob.messenger.friends.listRequests();
    expect(waiting).toHaveLength(MAX_WAITING_REQUESTS);
    expect(waiting[0]!.name).toBe('name  6');
    expect(bob.reports.requests).toHaveLength(MAX_WAITING_REQUESTS + 5);
    expect(bob.reports.requests.filter((change) => change.request === null)).toHaveLength(5);
  });

  it('can be ignored for good, also over a restart, and still be answered by asking them', async () => {
    const [ann, bob] = two();
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await world.clock.runFor(100);
    await bob.messenger.friends.ignore({ publicId: ann.hex });
    await bob.messenger.friends.undoIgnore({ publicId: ann.hex });
    expect(bob.messenger.friends.listRequests()).toMatchObject([{ key: ann.hex }]);
    expect(await codeOf(() => bob.messenger.friends.undoIgnore({ publicId: ann.hex }))).toBe('nothing-to-undo');
    await bob.messenger.friends.ignore({ publicId: ann.hex });
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    expect(await codeOf(() => bob.messenger.friends.accept({ publicId: ann.hex }))).toBe('unknown-request');
    bob.crashAndRestart();
    await world.clock.runFor(60_000);
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    expect(bob.reports.requests).toEqual([]);
    await bob.messenger.friends.add({ publicId: ann.publicId });
    await world.clock.runFor(200);
    expect(bob.view(ann)).toMatchObject({ state: 'friend', presence: 'online' });
  });

  it('of blocked people and friends are silent, and malformed ones are counted', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    const before = bob.reports.requests.length;
    const payload = encode(friendRequest, {
      version: 1,
      name: 'x',
      greeting: '',
      tag: new Uint8Array(4),
      sentAt: 1,
      home: ann.identity.homeSecret,
      extension: new Uint8Array(0),
    });
    bob.links.hear({ from: ann.key, payload });
    bob.links.hear({ from: bob.key, payload });
    await bob.messenger.friends.block({ friend: ann.hex });
    bob.links.hear({ from: ann.key, payload });
    introduce(bob, 3, new Uint8Array([1, 255]));
    await world.clock.runFor(10);
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    expect(bob.reports.requests.slice(before).filter((change) => change.request !== null)).toEqual([]);
    expect(bob.messenger.dropped).toEqual({
      'introduction-own': 1,
      'introduction-blocked': 1,
      'introduction-malformed': 1,
    });
  });

  it('can be blocked: the stranger is listed as blocked and heard no more, until unblocked', async () => {
    const [ann, bob] = two();
    await ann.messenger.friends.add({ publicId: bob.publicId, greeting: 'it is me' });
    await world.clock.runFor(100);
    const [asked] = bob.messenger.friends.listRequests();
    await bob.messenger.friends.block({ friend: ann.publicId });
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    expect(bob.view(ann)).toMatchObject({ state: 'blocked', presence: 'offline' });
    await world.clock.runFor(60_000);
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    bob.crashAndRestart();
    ann.crash();
    await bob.messenger.friends.unblock({ friend: ann.hex });
    expect(bob.view(ann)).toBeUndefined();
    expect(bob.messenger.friends.listRequests()).toEqual([asked]);
    expect(bob.reports.requests.at(-1)?.request).toEqual(asked);
    await bob.messenger.friends.accept({ publicId: ann.hex });
    expect(bob.view(ann)).toMatchObject({ state: 'friend' });
  });

  it('can be blocked and the stranger removed; who asks again then is heard', async () => {
    const [ann, bob] = two();
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await world.clock.runFor(100);
    await bob.messenger.friends.block({ friend: ann.hex });
    await bob.messenger.friends.remove({ friend: ann.hex });
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    await world.clock.runFor(3_600_000);
    expect(bob.messenger.friends.listRequests()).toHaveLength(1);
  });
});

describe('requests of the same tick that cross each other', () => {
  /** Everything that can be asked about one person, on equal terms. */
  const asks = (ann: Person, bob: Person): Record<string, () => Promise<unknown>> => {
    const { friends, messages: chats } = ann.messenger;
    const friend = bob.hex;
    return {
      add: async () => expect((await friends.add({ publicId: bob.publicId })).key).toBe(friend),
      accept: async () => expect((await friends.accept({ publicId: bob.publicId })).key).toBe(friend),
      rename: async () => expect((await friends.rename({ friend, alias: 'x' })).key).toBe(friend),
      block: () => friends.block({ friend }),
      unblock: () => friends.unblock({ friend }),
      remove: () => friends.remove({ friend }),
      undoRemove: async () => expect((await friends.undoRemove({ friend })).key).toBe(friend),
      send: () => chats.send({ friend, text: 'x' }),
      setDraft: () => chats.setDraft({ friend, text: 'x' }),
    };
  };
  const startings: Record<string, (ann: Person, bob: Person) => Promise<unknown>> = {
    'of a stranger who asks': (ann, bob) => bob.messenger.friends.add({ publicId: ann.publicId }),
    'of a friend': befriend,
    'of a blocked stranger': async (ann, bob) => {
      await bob.messenger.friends.add({ publicId: ann.publicId });
      await world.clock.runFor(100);
      await ann.messenger.friends.block({ friend: bob.hex });
    },
    'of a removed friend': async (ann, bob) => {
      await befriend(ann, bob);
      await ann.messenger.friends.remove({ friend: bob.hex });
    },
  };

  it.each(Object.entries(startings))('are done or refused with a stable code: %s', async (_, begin) => {
    let pairs = 0;
    const names = Object.keys(asks(...two()));
    for (const first of names) {
      for (const second of names) {
        const ann = world.person(`ann-${pairs}`);
        const bob = world.person(`bob-${pairs++}`);
        await begin(ann, bob);
        await world.clock.runFor(100);
        const all = asks(ann, bob);
        // `send` refuses what it can refuse at once by throwing.
        const codes = await Promise.all([codeOf(all[first]!), codeOf(all[second]!)]);
        for (const code of codes) expect(code, `${first} and ${second}`).toMatch(/^[a-z]+(-[a-z]+)*$/);
        ann.messenger.friends.list();
      }
    }
    expect(pairs).toBe(81);
  });
});
