import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InviteTag, toHex } from '../../ids/bytes.ts';
import { encodePublicId } from '../../ids/public-id.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { MAX_LIFE_MS } from '../../relay/types.ts';
import { homeOf } from '../../testing/positions.ts';
import { befriend, type Person, World } from '../testing/people.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  await world.clock.runFor(500);
});

afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);
/** Bob's computer is off, until `bobComesBack`. */
async function bobGoesAway(): Promise<void> {
  world.network.cut(ann.key, bob.key);
  bob.crash();
  await run(100);
}
/** Bob is up, though Ann and Bob never are at the same time. */
async function annGoesBobComes(): Promise<void> {
  ann.crash();
  bob.crashAndRestart();
  await run(10_000);
}
async function bobGoesAnnComes(): Promise<void> {
  bob.crash();
  ann.crashAndRestart();
  await run(10_000);
}
const keysOf = (person: Person, friend: Person) =>
  person.store.read.mailKeys.peerKeyCount(person.store.read.friends.byHex(friend.hex)!.id);

describe('a message to a friend who is away', () => {
  it('is stored in the network, delivered and read, though the two are never up together', async () => {
    await bobGoesAway();
    await ann.send(bob, 'one');
    await ann.send(bob, 'two');
    expect(ann.lines(bob)).toEqual(['out one: sending', 'out two: sending']);
    await run(2_000);
    expect(ann.lines(bob)).toEqual(['out one: stored', 'out two: stored']);
    expect(ann.chat(bob)[0]!.custody).toMatchObject({ holders: 2 });
    expect(world.carriers!.held).toHaveLength(1);
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in one: received', 'in two: received']);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toEqual(['out one: delivered', 'out two: delivered']);
    await annGoesBobComes();
    await bob.messenger.messages.markRead({ friend: ann.hex, upTo: bob.chat(ann).at(-1)!.id });
    await run(10_000);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toEqual(['out one: read', 'out two: read']);
    expect(world.carriers!.held).toEqual([]);
    expect(ann.relay!.deposits.size).toBe(0);
    expect(ann.store.read.mail.open()).toEqual([]);
  });

  it('goes over the link too when that comes up first, and is shown once', async () => {
    await bobGoesAway();
    await ann.send(bob, 'one');
    await run(2_000);
    world.carriers!.down = true;
    bob.crashAndRestart();
    world.network.join(ann.key, bob.key);
    await run(1_000);
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
    expect(ann.relay!.deposits.size).toBe(0);
    world.carriers!.down = false;
    world.carriers!.retry();
    await run(5_000);
    expect(bob.lines(ann)).toEqual(['in one: received']);
    expect(world.carriers!.held).toEqual([]);
  });

  it('tells when the friend was there at least, by the time at which it was written', async () => {
    world.network.cut(ann.key, bob.key);
    await run(60_000);
    const before = ann.view(bob)!.lastSeen!;
    await ann.send(bob, 'no link, but there');
    const written = ann.chat(bob).at(-1)!.storedAt;
    await run(5_000);
    expect(ann.view(bob)).toMatchObject({ presence: 'offline', lastSeen: written });
    expect(written).toBeGreaterThan(before + 50_000);
    expect(ann.reports.friends.at(-1)!.friend).toMatchObject({ lastSeen: written });

    // A receipt that waited for us says nothing of the time since.
    bob.crash();
    await ann.send(bob, 'for later');
    const later = ann.chat(bob).at(-1)!.storedAt;
    await run(10_000);
    await annGoesBobComes();
    await run(3_600_000);
    await bobGoesAnnComes();
    expect(ann.lines(bob).at(-1)).toBe('out for later: delivered');
    expect(ann.view(bob)!.lastSeen).toBe(later);
  });

  it('takes both ways when the link brings no receipt for seconds, and is shown once', async () => {
    world.network.deaf = true;
    await ann.send(bob, 'one');
    await run(3_000);
    expect(ann.lines(bob)).toEqual(['out one: sending']);
    await run(3_000);
    expect(ann.messenger.friends.list()[0]).toMatchObject({ presence: 'online' });
    expect(ann.lines(bob)).toEqual(['out one: stored']);
    world.network.cut(ann.key, bob.key);
    world.network.deaf = false;
    world.network.join(ann.key, bob.key);
    await run(10_000);
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
    expect(bob.lines(ann)).toEqual(['in one: received']);
    expect(world.carriers!.held).toEqual([]);
  });

  it('goes into an envelope at once when the link has brought no receipt for seconds before it was written', async () => {
    world.network.deaf = true;
    await ann.send(bob, 'one');
    await run(6_000);
    for (const text of ['two', 'three']) {
      await ann.send(bob, text);
      await run(1_000);
    }
    expect(ann.messenger.friends.list()[0]).toMatchObject({ presence: 'online' });
    expect(ann.lines(bob)).toEqual(['out one: stored', 'out two: stored', 'out three: stored']);
    world.network.cut(ann.key, bob.key);
    world.network.deaf = false;
    world.network.join(ann.key, bob.key);
    await run(10_000);
    expect(bob.lines(ann)).toEqual(['in one: received', 'in two: received', 'in three: received']);
    // A link that brings receipts is trusted again.
    await ann.send(bob, 'four');
    await run(10_000);
    expect(ann.lines(bob).at(-1)).toBe('out four: delivered');
    expect(world.carriers!.seen).toHaveLength(3);
  });

  it("goes into an envelope while it is in the friend's database only, and stays delivered to the eye", async () => {
    const flush = bob.store.flush.bind(bob.store);
    const backup = bob.backUp();
    bob.store.flush = () => {};
    await ann.send(bob, 'one');
    await run(100);
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
    world.network.cut(ann.key, bob.key);
    bob.crash();
    await run(5_000);
    expect([world.carriers!.held.length, ann.store.read.mail.open().length]).toEqual([1, 1]);
    expect(ann.chat(bob)).toMatchObject([{ state: 'delivered', custody: null }]);
    await run(MAX_LIFE_MS);
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
    bob.store.flush = flush;
    ann.crash();
    bob.restore(backup);
    await run(10_000);
    expect(bob.lines(ann)).toEqual(['in one: received']);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toEqual(['out one: delivered']);
    expect(ann.store.read.messages.outbox(ann.store.read.friends.byHex(bob.hex)!.id, 0, 9)).toEqual([]);
    expect(ann.store.read.mail.open()).toEqual([]);
  });

  it('stays with a link that is slow but brings receipts', async () => {
    for (let i = 0; i < 20; i++) {
      await ann.send(bob, `${i}`);
      await run(1_000);
    }
    expect(world.carriers!.seen).toEqual([]);
  });

  it('shares an envelope with others, and long ones get several, all in order', async () => {
    await bobGoesAway();
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(i % 5 === 0 ? 15_000 : 10)}`);
    for (const text of texts) await ann.send(bob, text);
    await run(5_000);
    expect(world.carriers!.seen.length).toBeGreaterThan(1);
    expect(world.carriers!.seen.length).toBeLessThan(6);
    world.carriers!.duplicates = true;
    await annGoesBobComes();
    expect(bob.chat(ann).map(({ text }) => text)).toEqual(texts);
  });

  it('can be taken back while there is no network, not when it is on its way', async () => {
    await bobGoesAway();
    ann.sight.set(false);
    const { id } = await ann.send(bob, 'one');
    await run(5_000);
    expect(world.carriers!.seen).toHaveLength(0);
    await ann.messenger.messages.cancel({ id });
    const second = await ann.send(bob, 'two');
    ann.sight.set(true);
    await run(5_000);
    expect(world.carriers!.seen).toHaveLength(1);
    await expect(ann.messenger.messages.cancel({ id: second.id })).rejects.toMatchObject({ code: 'unknown-message' });
  });

  it('expires, and can be sent again', async () => {
    await bobGoesAway();
    world.carriers!.down = true;
    const { id } = await ann.send(bob, 'one');
    await run(2_000);
    await run(MAX_LIFE_MS);
    expect(ann.lines(bob)).toEqual(['out one: expired']);
    world.carriers!.down = false;
    expect(await ann.messenger.messages.resend({ id })).toEqual({ id });
    await run(5_000);
    expect(ann.lines(bob)).toEqual(['out one: stored']);
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in one: received']);
  });
});

describe('one-time keys', () => {
  it('are handed over by the link, used once, and erased by both', async () => {
    expect(keysOf(ann, bob)).toBe(64);
    expect(keysOf(bob, ann)).toBe(64);
    await bobGoesAway();
    await ann.send(bob, 'one');
    await run(2_000);
    expect(keysOf(ann, bob)).toBe(63);
    await annGoesBobComes();
    const friend = bob.store.read.friends.byHex(ann.hex)!.id;
    expect(bob.store.read.mailKeys.ownKeyCount(friend)).toBe(63);
  });
});

describe('one-time keys of a computer whose date was wrong', () => {
  const YEAR_MS = 365 * 86_400_000;
  const meet = async (bobAheadMs: number) => {
    bob.setClock(bobAheadMs);
    world.network.join(ann.key, bob.key);
    await run(3_000);
    world.network.cut(ann.key, bob.key);
    bob.setClock(0);
    await run(1_000);
  };
  const mail = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await ann.send(bob, `${i}`);
      await run(3_000);
    }
  };

  it.each([
    ['behind', -10 * YEAR_MS, 0],
    ['ahead', 0, YEAR_MS],
  ])('open what was sealed to them: %s', async (_, first, second) => {
    world.network.cut(ann.key, bob.key);
    await run(1_000);
    await mail(35);
    await meet(first);
    await mail(35);
    await meet(second);
    await mail(3);
    await run(10_000);
    expect(new Set(ann.chat(bob).map(({ state }) => state))).toEqual(new Set(['delivered']));
  });
});

describe('friend requests by mail', () => {
  it('reach somebody who is away, as does the answer, and the first messages, though the two never meet', async () => {
    const [eve, dan] = [world.person('eve'), world.person('dan')];
    world.network.cut(eve.key, dan.key);
    dan.crash();
    await eve.messenger.friends.add({ publicId: dan.publicId, alias: 'Dan', greeting: 'hello' });
    await run(10_000);
    eve.crash();
    dan.crashAndRestart();
    await run(10_000);
    expect(dan.messenger.friends.listRequests()).toMatchObject([{ key: eve.hex, greeting: 'hello' }]);
    await dan.messenger.friends.accept({ publicId: eve.hex, alias: 'Eve' });
    await dan.send(eve, 'nice to meet you');
    await run(10_000);
    dan.crash();
    eve.crashAndRestart();
    await run(10_000);
    expect(eve.view(dan)).toMatchObject({ state: 'friend' });
    expect(eve.lines(dan)).toEqual(['in nice to meet you: received']);
    expect(keysOf(eve, dan)).toBeGreaterThan(0);
    await eve.send(dan, 'me too');
    await run(10_000);
    expect(eve.lines(dan)).toEqual(['in nice to meet you: received', 'out me too: stored']);
  });

  it('go anew by a newer public ID, with the two never up together', async () => {
    const [eve, dan] = [world.person('eve'), world.person('dan')];
    world.network.cut(eve.key, dan.key);
    const outdated = dan.publicId;
    dan.setInviteTag(new Uint8Array(4).fill(9));
    dan.crash();
    await eve.messenger.friends.add({ publicId: outdated, alias: 'Dan', greeting: 'old' });
    await run(10_000);
    await eve.messenger.friends.add({ publicId: dan.publicId, greeting: 'new' });
    await run(10_000);
    eve.crash();
    dan.crashAndRestart();
    await run(10_000);
    expect(dan.messenger.friends.listRequests()).toMatchObject([{ key: eve.hex, greeting: 'new' }]);
  });

  it('are not taken with an old invite tag', async () => {
    const [eve, dan] = [world.person('eve'), world.person('dan')];
    world.network.cut(eve.key, dan.key);
    await eve.messenger.friends.add({ publicId: dan.publicId, alias: 'Dan' });
    dan.setInviteTag(new Uint8Array(4));
    await run(10_000);
    expect(dan.messenger.friends.listRequests()).toEqual([]);
    // It lies where Dan's door was, and nobody comes for it.
    expect(world.carriers!.held).toHaveLength(1);
    expect(dan.messenger.dropped).toEqual({});
  });
});

describe('where people are found', () => {
  const homes = () => [ann, bob].map((person) => toHex(person.store.read.friends.all()[0]!.home ?? new Uint8Array(0)));
  const homeSecret = (person: Person) => toHex(person.identity.homeSecret);
  /** As in a database of before there were homes. */
  const forgetHomes = () => {
    for (const person of [ann, bob])
      person.store.batch((write) => {
        const { id } = write.friends.all()[0]!;
        write.friends.update(id, { home: undefined });
        write.mailKeys.setCapability(id, { policy: undefined, seed: undefined, toldNumber: 1 });
      });
  };

  const outdated = (person: Person) => encodePublicId({ key: person.key, tag: new Uint8Array(4) as InviteTag });

  it('is the door, over a link, until each knows the home of the other', async () => {
    expect(homes()).toEqual([bob, ann].map(homeSecret));
    forgetHomes();
    for (const person of [ann, bob]) person.crashAndRestart();
    await run(1_000);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['online', 'online']);
    expect(homes()).toEqual([bob, ann].map(homeSecret));
    for (const person of [ann, bob]) {
      person.setInviteTag(new Uint8Array(4).fill(7));
      person.crashAndRestart();
    }
    await run(1_000);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['online', 'online']);
  });

  it('is the door, for mail too, and what lies there goes home when that is known', async () => {
    forgetHomes();
    await bobGoesAway();
    ann.crashAndRestart();
    await ann.send(bob, 'at the door');
    await run(3_000);
    expect(ann.lines(bob)).toEqual(['out at the door: stored']);
    expect(world.carriers!.held.map(({ destination }) => toHex(destination))).not.toEqual([
      toHex(homeOf(bob.identity.profile)),
    ]);
    // Bob writes too, and neither hears of the other's mail before both know each other's home.
    const lying = world.carriers!.held[0]!;
    world.carriers!.loseAll();
    ann.crash();
    bob.crashAndRestart();
    await bob.send(ann, 'and here');
    await run(3_000);
    bob.crash();
    ann.crashAndRestart();
    await run(10_000);
    expect(homes()[0]).toEqual(homeSecret(bob));
    expect(ann.lines(bob)).toContain('in and here: received');
    const [moved] = ann.relay!.deposits.values();
    expect(toHex(moved!.envelope.destination)).toBe(toHex(homeOf(bob.identity.profile)));
    expect(toHex(moved!.envelope.body)).toBe(toHex(lying.body));
    await annGoesBobComes();
    expect(bob.lines(ann)).toContain('in at the door: received');
  });

  it('is the door of a newer public ID, when that is given, where they know no other place', async () => {
    world.network.cut(ann.key, bob.key);
    forgetHomes();
    for (const person of [ann, bob]) {
      person.setInviteTag(new Uint8Array(4).fill(7));
      person.crashAndRestart();
    }
    await ann.send(bob, 'where are you?');
    await run(10_000);
    expect([ann.lines(bob), bob.lines(ann)]).toEqual([['out where are you?: stored'], []]);
    const view = await ann.messenger.friends.add({ publicId: bob.publicId });
    expect(view).toMatchObject({ alias: 'b', state: 'friend', publicId: bob.publicId });
    await run(5_000);
    expect(bob.lines(ann)).toEqual(['in where are you?: received']);
    world.network.join(ann.key, bob.key);
    await run(1_000);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['online', 'online']);
    await expect(ann.messenger.friends.add({ publicId: outdated(bob) })).rejects.toMatchObject({
      code: 'already-friend',
    });
  });

  it('tells the carriers of home and door nothing by which they could be known for the same', () => {
    const [home, door] = ann.relay!.attending;
    const seen = [home!, door!].flatMap(({ claim, policy }) => [claim.publicKey, policy!.friendKey, policy!.inviteKey]);
    expect(new Set(seen.map(toHex)).size).toBe(6);
    for (const { claim, policy } of [home!, door!]) expect(policy!.claimKey).toEqual(claim.publicKey);
  });
});

describe('the friend key', () => {
  it('changes when a friend is blocked, and goes to the others over links and by mail', async () => {
    const [eve, dan] = [world.person('eve'), world.person('dan')];
    await befriend(ann, eve);
    await befriend(ann, dan);
    await run(500);
    world.network.cut(ann.key, dan.key);
    dan.crash();
    const policyOf = (person: Person) => {
      const row = person.store.read.mailKeys.capability(person.store.read.friends.byHex(ann.hex)!.id);
      return Buffer.from(row.policy!).toString('hex');
    };
    const before = policyOf(eve);
    dan.crashAndRestart();
    await run(3_000);
    world.carriers!.down = true;
    await dan.send(ann, 'under the old policy');
    await run(3_000);
    const deposit = () => [...dan.relay!.deposits.values()].at(-1)!.envelope;
    const old = deposit();
    world.carriers!.down = false;
    dan.relay!.refuses = true;
    await ann.messenger.friends.block({ friend: bob.hex });
    await run(5_000);
    expect(policyOf(eve)).not.toBe(before);
    expect(policyOf(bob)).toBe(before);
    ann.crash();
    await run(5_000);
    expect(policyOf(dan)).toBe(policyOf(eve));
    expect(deposit().id).toEqual(old.id);
    expect(deposit().permit!.policy.number).toBeGreaterThan(old.permit!.policy.number);
  });
});
