import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyLayout } from '../../codec/envelope.ts';
import { decode } from '../../codec/layout.ts';
import { boxKeyPairFromSeed } from '../../crypto/crypto.ts';
import { parsePublicId } from '../../ids/public-id.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { makeEnvelope } from '../../relay/envelope.ts';
import { homeOf } from '../../testing/positions.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { befriend, type Person, World } from '../testing/people.ts';
import { signHandover, writeMail } from './letters.ts';

let world: World;
let ann: Person;
let bob: Person;
let mallory: Person;
const random = new SeededRandom('lost keys');

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  mallory = world.person('mallory');
  await befriend(mallory, bob);
  await run(500);
});

afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);

/** Whether Bob is about to tell all friends that he lost keys. */
const tellsAll = () => bob.store.read.mailKeys.acceptsDue().length > 0;
const home = () => homeOf(bob.identity.profile);

/** Keys that Ann seals to, and whose secrets Bob does not have. */
function annHasKeysOfSince(count: number): void {
  const friend = ann.store.read.friends.byHex(bob.hex)!.id;
  const keys = Array.from({ length: count }, () => boxKeyPairFromSeed(random.bytes(32)).publicKey);
  ann.store.batch((write) => write.mailKeys.addPeerKeys(friend, keys, { at: world.clock.wall(), limit: 256 }));
}

describe('mail that nobody can open', () => {
  it('tells nothing when a friend left it who was removed, with the keys they had', async () => {
    world.network.cut(mallory.key, bob.key);
    await run(1_000);
    await bob.messenger.friends.remove({ friend: mallory.hex });
    await run(11 * 60_000);
    await mallory.send(bob, 'are you there?');
    await run(60_000);
    expect(bob.messenger.dropped).toHaveProperty('mail-not-sealed-to-us');
    expect(tellsAll()).toBe(false);
  });

  it('tells nothing when a stranger left it, who knows where our home is', async () => {
    world.carriers!.inject(makeEnvelope({ destination: home(), copies: 2, body: random.bytes(848) }));
    await run(60_000);
    expect(bob.messenger.dropped).toHaveProperty('mail-not-sealed-to-us');
    expect(tellsAll()).toBe(false);
  });

  it('tells of an older copy, also of one from before a friend was removed', async () => {
    world.network.cut(ann.key, bob.key);
    const backup = bob.backUp();
    await bob.messenger.friends.remove({ friend: mallory.hex });
    await run(60_000);
    world.network.join(ann.key, bob.key);
    await run(60_000);
    annHasKeysOfSince(1);
    bob.crash();
    await ann.send(bob, 'to a key of since');
    await run(60_000);
    ann.crash();
    bob.restore(backup);
    await run(1_000);
    expect(bob.messenger.dropped).toHaveProperty('mail-not-sealed-to-us');
    expect(tellsAll()).toBe(true);
  });

  it('tells in the next run what it had to put off', async () => {
    world.network.cut(ann.key, bob.key);
    annHasKeysOfSince(2);
    bob.crash();
    for (const text of ['one', 'two']) {
      await ann.send(bob, text);
      await run(10_000);
    }
    ann.crash();
    bob.crashAndRestart();
    await run(60_000);
    expect(bob.messenger.dropped).toMatchObject({ 'mail-not-sealed-to-us': 2 });
    expect(tellsAll()).toBe(false);
    await bob.restart();
    expect(tellsAll()).toBe(true);
  });
});

it('a friend who asks us without end to be one gets what waits sealed anew a few times only', async () => {
  world.network.cut(ann.key, bob.key);
  ann.crash();
  for (let i = 0; i < 4; i++) await bob.send(ann, `${i}`.padEnd(10_000, '.'));
  await run(10_000);
  const sealed = () => world.carriers!.seen.filter(({ body }) => body.length > 10_000).length;
  const once = sealed();
  const parsed = parsePublicId(bob.publicId);
  if (!parsed.ok) throw new Error('no public ID');
  const { tag } = parsed.value;
  const to = { profile: bob.key, oneTimeKey: undefined };
  const fields = { version: 1, name: 'ann', greeting: '', sentAt: 1, extension: new Uint8Array(0) };
  const request = { ...fields, tag, home: ann.identity.homeSecret };
  for (let writtenAt = 0; writtenAt < 60; writtenAt++) {
    const letter = { writtenAt, handover: undefined, body: { kind: 'request', body: { tag, request } } } as const;
    const body = writeMail({ identity: ann.identity, random }, to, letter)!;
    world.carriers!.inject(makeEnvelope({ destination: home(), copies: 2, body }));
    await run(4_000);
  }
  expect(sealed()).toBe(4 * once);
});

it.each([
  ['ten minutes later', () => run(10 * 60_000)],
  ['at the end of the program', () => bob.restart().then(() => run(10_000))],
])(
  'a friend who says without end that keys are lost gets what waits sealed anew a few times, and %s',
  async (_, then) => {
    world.network.cut(ann.key, bob.key);
    ann.crash();
    for (let i = 0; i < 4; i++) await bob.send(ann, `${i}`.padEnd(10_000, '.'));
    await run(10_000);
    const once = world.carriers!.seen.length;
    const { read } = bob.store;
    const { policy, seed } = read.mailKeys.capability(read.friends.byHex(ann.hex)!.id);
    const decoded = decode(policyLayout, policy!);
    if (!decoded.ok) throw new Error(decoded.reason);
    const content = { policy: decoded.value, friendSeed: seed!, home: ann.identity.homeSecret, keys: [] };
    const handover = signHandover(ann.identity, bob.key, content);
    const to = { profile: bob.key, oneTimeKey: undefined };
    for (let writtenAt = 0; writtenAt < 60; writtenAt++) {
      const accept = { writtenAt, handover, body: { kind: 'accept', body: { name: 'ann' } } } as const;
      const body = writeMail({ identity: ann.identity, random }, to, accept)!;
      world.carriers!.inject(makeEnvelope({ destination: home(), copies: 2, body }));
      await run(1_000);
    }
    expect(world.carriers!.seen.length).toBe(4 * once);
    await then();
    expect(world.carriers!.seen.length).toBe(5 * once);
  },
);
