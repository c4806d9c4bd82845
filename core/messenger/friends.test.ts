import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hash32, profileKeyPairFromSeed } from '../crypto/crypto.ts';
import { messageId, toHex } from '../ids/bytes.ts';
import { encodePublicId, publicIdLink } from '../ids/public-id.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { UNDO_MS } from './removals.ts';
import { befriend, codeOf, deriveQuickly, type Person, World } from './testing/people.ts';

let world: World;

beforeEach(() => {
  world = new World(testDisk());
});
afterEach(() => world.close());

const two = (): [Person, Person] => [world.person('ann'), world.person('bob')];

describe('asking somebody', () => {
  it('shows them name and greeting, and makes both friends when they accept', async () => {
    const [ann, bob] = two();
    await ann.messenger.setName('Ann A.');
    const view = await ann.messenger.friends.add({ publicId: bob.publicId, alias: 'Bob', greeting: 'hi\nthere' });
    expect(view).toMatchObject({ key: bob.hex, publicId: bob.publicId, alias: 'Bob', state: 'requested', unread: 0 });
    await world.clock.runFor(100);
    const [request] = bob.messenger.friends.listRequests();
    expect(request).toMatchObject({ key: ann.hex, publicId: ann.publicId, name: 'Ann A.', greeting: 'hi\nthere' });
    expect(bob.reports.requests).toEqual([{ key: ann.hex, request }]);
    const friend = await bob.messenger.friends.accept({ publicId: ann.publicId });
    expect(friend).toMatchObject({ alias: 'Ann A.', name: 'Ann A.', state: 'friend' });
    await world.clock.runFor(100);
    expect(ann.view(bob)).toMatchObject({ state: 'friend', presence: 'online', alias: 'Bob' });
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    expect(bob.reports.requests.at(-1)).toEqual({ key: ann.hex, request: null });
    expect(ann.reports.friends.at(-1)).toMatchObject({ key: bob.hex, friend: { state: 'friend', presence: 'online' } });
  });

  it('takes links, and says what is wrong with an ID and where', async () => {
    const [ann, bob] = two();
    const typo = bob.publicId.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
    await expect(ann.messenger.friends.add({ publicId: typo })).rejects.toMatchObject({
      code: 'bad-public-id',
      details: { reason: 'checksum', positions: [bob.publicId.length - 1] },
    });
    const nobody = encodePublicId({ key: new Uint8Array(32).fill(2) as never, tag: new Uint8Array(4) as never });
    await expect(ann.messenger.friends.add({ publicId: nobody })).rejects.toMatchObject({
      details: { reason: 'bad-key' },
    });
    await ann.messenger.friends.add({ publicId: publicIdLink(bob.publicId) });
    expect(ann.view(bob)).toBeDefined();
  });

  it('refuses the own ID, people asked already, blocked ones and texts that are too long', async () => {
    const [ann, bob] = two();
    const add = (publicId: string, more: object = {}) => codeOf(() => ann.messenger.friends.add({ publicId, ...more }));
    expect(await add(ann.publicId)).toBe('own-public-id');
    expect(await add(bob.publicId, { alias: 'x'.repeat(129) })).toBe('invalid-argument');
    expect(await add(bob.publicId, { greeting: 'x'.repeat(513) })).toBe('invalid-argument');
    expect(await Promise.all([add(bob.publicId), add(bob.publicId)])).toEqual(['none', 'already-friend']);
    await ann.messenger.friends.block({ friend: bob.hex });
    expect(await add(bob.publicId)).toBe('blocked');
  });

  it('asks again by a newer public ID, where the invite tag of the first was old', async () => {
    const [ann, bob] = two();
    const outdated = bob.publicId;
    bob.setInviteTag(new Uint8Array(4).fill(9));
    await ann.messenger.friends.add({ publicId: outdated, alias: 'Bob', greeting: 'old' });
    await ann.send(bob, 'are you there?');
    await world.clock.runFor(60_000);
    expect(bob.messenger.friends.listRequests()).toEqual([]);
    const view = await ann.messenger.friends.add({ publicId: bob.publicId, greeting: 'new' });
    expect(view).toMatchObject({ publicId: bob.publicId, alias: 'Bob', state: 'requested' });
    await world.clock.runFor(100);
    expect(bob.messenger.friends.listRequests()).toMatchObject([{ key: ann.hex, greeting: 'new' }]);
    await bob.messenger.friends.accept({ publicId: ann.hex });
    await world.clock.runFor(1_000);
    expect(bob.lines(ann)).toEqual(['in are you there?: received']);
    expect(await codeOf(() => ann.messenger.friends.add({ publicId: outdated }))).toBe('already-friend');
  });

  it('finds who asked at home, whose invite tag is another one by then', async () => {
    const [ann, bob] = two();
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await world.clock.runFor(100);
    ann.setInviteTag(new Uint8Array(4).fill(9));
    bob.setInviteTag(new Uint8Array(4).fill(8));
    await world.clock.runFor(100);
    await bob.messenger.friends.accept({ publicId: ann.hex });
    await world.clock.runFor(200);
    expect([ann.view(bob)!.state, bob.view(ann)!.state]).toEqual(['friend', 'friend']);
    await world.clock.runFor(200);
    for (const person of [ann, bob]) {
      person.setInviteTag(new Uint8Array(4).fill(7));
      person.crashAndRestart();
    }
    await world.clock.runFor(200);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['online', 'online']);
  });

  it('makes friends when both ask and neither has the public ID of now of the other', async () => {
    const [ann, bob] = two();
    const outdated = bob.publicId;
    bob.setInviteTag(new Uint8Array(4).fill(9));
    await ann.messenger.friends.add({ publicId: outdated });
    world.network.cut(ann.key, bob.key);
    await bob.messenger.friends.add({ publicId: ann.publicId });
    await world.clock.runFor(100);
    ann.setInviteTag(new Uint8Array(4).fill(8));
    for (const person of [ann, bob]) person.crashAndRestart();
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(1_000);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['online', 'online']);
  });

  it('makes friends at once when both ask, whoever is first', async () => {
    const [ann, bob] = two();
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await bob.messenger.friends.add({ publicId: ann.publicId });
    await world.clock.runFor(200);
    expect([ann.view(bob)!.state, bob.view(ann)!.state]).toEqual(['friend', 'friend']);
    expect([...ann.messenger.friends.listRequests(), ...bob.messenger.friends.listRequests()]).toEqual([]);
    const carl = world.person('carl');
    await carl.messenger.friends.add({ publicId: bob.publicId });
    await world.clock.runFor(100);
    expect(await bob.messenger.friends.add({ publicId: carl.publicId })).toMatchObject({ state: 'friend' });
    expect(bob.messenger.friends.listRequests()).toEqual([]);
  });

  it('is repeated with growing pauses until answered, and after a restart', async () => {
    const ann = world.person('ann');
    const stranger = profileKeyPairFromSeed(new Uint8Array(32).fill(3)).publicKey;
    await ann.messenger.friends.add({ publicId: encodePublicId({ key: stranger, tag: new Uint8Array(4) as never }) });
    const times: number[] = [];
    for (let minute = 0; minute < 240; minute++) {
      const before = ann.links.introduced;
      await world.clock.runFor(60_000);
      for (let i = before; i < ann.links.introduced; i++) times.push(minute);
    }
    // At once, 0.4 s, 1.2 s, 5 s, 30 s, 2 min, 10 min, then hourly, with 20 % of jitter.
    expect(times.length).toBeGreaterThanOrEqual(8);
    expect(times.length).toBeLessThanOrEqual(11);
    expect(times.slice(0, 4)).toEqual([0, 0, 0, 0]);
    ann.crashAndRestart();
    await world.clock.runFor(1_300);
    expect(ann.links.introduced).toBe(1);
  });

  it('is tried again soon while the network is not up, and ends when the person is removed', async () => {
    const [ann, bob] = two();
    ann.links.started = false;
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await world.clock.runFor(1_000);
    ann.links.started = true;
    await world.clock.runFor(2_000);
    expect(bob.messenger.friends.listRequests()).toHaveLength(1);
    await ann.messenger.friends.remove({ friend: bob.hex });
    const sent = ann.links.introduced;
    await world.clock.runFor(3_600_000 * 3);
    expect(ann.links.introduced).toBe(sent);
  });

  it('does not go out when the person was removed while it was found out where they are', async () => {
    const [ann, bob] = two();
    world.derive = async (id) => {
      await new Promise<void>((resolve) => world.clock.after(60, resolve));
      return deriveQuickly(id);
    };
    await ann.messenger.friends.add({ publicId: bob.publicId });
    await ann.messenger.friends.remove({ friend: bob.hex });
    await world.clock.runFor(1_000);
    expect([ann.links.introduced, bob.messenger.friends.listRequests()]).toEqual([0, []]);
  });
});

it('after a start thinks of friends first, and a second later of those who have not answered', async () => {
  const [ann, bob] = two();
  const nobody = (n: number) => {
    const { publicKey: key } = profileKeyPairFromSeed(new Uint8Array(32).fill(n));
    return { key, publicId: encodePublicId({ key, tag: new Uint8Array(4) as never }) };
  };
  const others = [1, 2, 3].map(nobody);
  await ann.messenger.friends.add({ publicId: others[0]!.publicId });
  await befriend(ann, bob);
  for (const { publicId } of others.slice(1)) await ann.messenger.friends.add({ publicId });
  ann.store.batch((write) => write.friends.update(write.friends.byHex(bob.hex)!.id, { home: undefined }));
  const derived: string[] = [];
  world.derive = (id) => {
    derived.push(toHex(id.key));
    return deriveQuickly(id);
  };
  ann.crashAndRestart();
  const asked = () => derived.filter((key) => key !== ann.hex);
  await world.clock.runFor(900);
  expect(asked()).toEqual([bob.hex]);
  await world.clock.runFor(200);
  expect(asked().length).toBe(4);
});

it('looks first for the friends who were there last', async () => {
  const ann = world.person('ann');
  const others = ['bob', 'cleo', 'dan'].map((name) => world.person(name));
  for (const other of others) await befriend(ann, other);
  const [bob, cleo, dan] = others as [Person, Person, Person];
  const seen = [bob, cleo, dan].map((other, i) => [other.hex, [300, undefined, 500][i]] as const);
  ann.store.batch((write) => {
    for (const [hex, lastSeen] of seen) write.friends.update(write.friends.byHex(hex)!.id, { lastSeen });
  });
  world.network.cut(ann.key, bob.key);
  world.network.cut(ann.key, cleo.key);
  world.network.cut(ann.key, dan.key);
  ann.crashAndRestart();
  expect(ann.links.friends).toEqual([dan.hex, bob.hex, cleo.hex]);
});

it('has a link at once with somebody who said yes while it was away', async () => {
  const [ann, bob] = two();
  await ann.messenger.friends.add({ publicId: bob.publicId });
  await world.clock.runFor(100);
  const backup = ann.backUp();
  ann.crash();
  await bob.messenger.friends.accept({ publicId: ann.hex });
  await world.clock.runFor(1_000);
  ann.restore(backup);
  bob.links.seek(ann.key);
  await world.clock.runFor(200);
  expect(ann.view(bob)).toMatchObject({ state: 'friend', presence: 'online' });
});

describe('a friend', () => {
  it('can be renamed; their own name is a hint beside the alias', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    expect(await ann.messenger.friends.rename({ friend: bob.hex.toUpperCase(), alias: ' Bobby ' })).toMatchObject({
      alias: 'Bobby',
    });
    expect(await bob.messenger.setName('Robert\n')).toBe('Robert');
    await world.clock.runFor(50);
    expect(ann.view(bob)).toMatchObject({ alias: 'Bobby', name: 'Robert' });
    ann.crashAndRestart();
    expect(ann.view(bob)).toMatchObject({ alias: 'Bobby', name: 'Robert' });
    expect(bob.messenger.name).toBe('Robert');
  });

  it('hear a name that is chosen between the two hellos of a link', async () => {
    const [ann, bob] = await world.friends();
    await world.clock.runFor(500);
    world.network.cut(ann.key, bob.key);
    await world.clock.runFor(500);
    world.network.join(ann.key, bob.key);
    // The link is up after 50 ms, and the first hello comes 10 ms later.
    await world.clock.runFor(55);
    expect(bob.view(ann)).toMatchObject({ presence: 'online' });
    await bob.messenger.setName('Robert');
    await world.clock.runFor(100);
    expect(ann.view(bob)).toMatchObject({ name: 'Robert' });
  });

  it('who is unknown is said to be', async () => {
    const [ann, bob] = two();
    const { friends } = ann.messenger;
    for (const work of [
      () => friends.rename({ friend: bob.hex, alias: 'x' }),
      () => friends.block({ friend: bob.hex }),
      () => friends.unblock({ friend: bob.hex }),
      () => friends.remove({ friend: bob.hex }),
    ])
      expect(await codeOf(work)).toBe('unknown-friend');
    expect(await codeOf(() => friends.undoRemove({ friend: bob.hex }))).toBe('nothing-to-undo');
    expect(await codeOf(() => friends.accept({ publicId: bob.hex }))).toBe('unknown-request');
    expect(await codeOf(() => friends.rename({ friend: 'xyz', alias: 'x' }))).toBe('bad-public-id');
  });

  it('who is blocked loses the link and is silent; unblocked, they are there again', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    await ann.messenger.friends.block({ friend: bob.hex });
    expect(await codeOf(() => ann.send(bob, 'x'))).toBe('blocked');
    await world.clock.runFor(100);
    expect([ann.view(bob)!.presence, bob.view(ann)!.presence]).toEqual(['offline', 'offline']);
    await ann.messenger.friends.block({ friend: bob.hex });
    await ann.messenger.friends.unblock({ friend: bob.hex });
    await world.clock.runFor(100);
    expect(ann.view(bob)).toMatchObject({ state: 'friend', presence: 'online' });
  });

  it('who is removed comes back whole within ten minutes, also over a restart', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    await ann.send(bob, 'keep me');
    await world.clock.runFor(100);
    await ann.messenger.friends.remove({ friend: bob.hex });
    expect(ann.messenger.friends.list()).toEqual([]);
    expect(ann.reports.friends.at(-1)).toEqual({ key: bob.hex, removed: true, friend: null });
    expect(await codeOf(() => ann.send(bob, 'x'))).toBe('unknown-friend');
    expect(ann.messenger.messages.search({ query: 'keep' })).toEqual([]);
    await world.clock.runFor(5 * 60_000);
    ann.crashAndRestart();
    expect(ann.messenger.friends.list()).toEqual([]);
    const removed = { key: bob.hex, alias: 'bob', until: expect.closeTo(world.clock.wall() + 5 * 60_000, -3) };
    expect(ann.messenger.friends.listRemoved()).toMatchObject([removed]);
    expect(await ann.messenger.friends.undoRemove({ friend: bob.publicId })).toMatchObject({
      alias: 'bob',
      state: 'friend',
    });
    await world.clock.runFor(100);
    expect(ann.lines(bob)).toEqual(['out keep me: delivered']);
    expect(ann.view(bob)!.presence).toBe('online');
    expect(ann.messenger.friends.listRemoved()).toEqual([]);
    await world.clock.runFor(20 * 60_000);
    expect(ann.lines(bob)).toEqual(['out keep me: delivered']);
  });

  it('who is removed comes back also when the date was set right by some seconds meanwhile', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    await ann.send(bob, 'keep me');
    await ann.messenger.friends.remove({ friend: bob.hex });
    ann.setClock(-5_000);
    ann.crashAndRestart();
    await world.clock.runFor(1_000);
    await ann.messenger.friends.undoRemove({ friend: bob.hex });
    expect(ann.chat(bob)).toHaveLength(1);
  });

  it('who is removed is gone after ten minutes, also when nobody was running then', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    await ann.send(bob, 'gone');
    await ann.messenger.friends.remove({ friend: bob.hex });
    await world.clock.runFor(11 * 60_000);
    expect(ann.store.read.friends.all()).toEqual([]);
    expect(await codeOf(() => ann.messenger.friends.undoRemove({ friend: bob.hex }))).toBe('nothing-to-undo');
    await befriend(bob, world.person('carl'));
    const carl = world.people[2]!;
    await carl.messenger.friends.remove({ friend: bob.hex });
    const backup = carl.backUp();
    carl.crash();
    await world.clock.runFor(11 * 60_000);
    carl.restore(backup);
    expect(carl.messenger.friends.listRemoved()).toEqual([]);
    expect(await codeOf(() => carl.messenger.friends.undoRemove({ friend: bob.hex }))).toBe('nothing-to-undo');
    await world.clock.runFor(1_000);
    expect(carl.store.read.friends.all()).toEqual([]);
  });

  it('who was removed can be added afresh, with an empty chat that works', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    await ann.send(bob, 'old');
    await world.clock.runFor(100);
    await ann.messenger.friends.remove({ friend: bob.hex });
    await ann.messenger.friends.add({ publicId: bob.publicId, alias: 'again' });
    await world.clock.runFor(100);
    await ann.send(bob, 'new');
    await bob.send(ann, 'back');
    await world.clock.runFor(100);
    expect(ann.lines(bob)).toEqual(['out new: delivered', 'in back: received']);
    expect(bob.lines(ann)).toEqual(['in old: received', 'out back: delivered', 'in new: received']);
  });

  it('who was removed can be added afresh before a long chat is erased, which goes also when the program is killed', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    const { id } = ann.store.read.friends.byHex(bob.hex)!;
    ann.store.batch((write) => {
      for (let at = 1; at <= 1_000; at++)
        write.messages.addOutgoing({
          friend: id,
          messageId: messageId(hash32('old', Uint8Array.of(at >> 8, at)).slice(0, 16)),
          text: 'old',
          at,
        });
    });
    const left = () => ann.store.read.messages.page({ friend: id, limit: 500 }).length;
    await ann.messenger.friends.remove({ friend: bob.hex });
    await ann.messenger.friends.add({ publicId: bob.publicId, alias: 'again' });
    expect([ann.chat(bob), left()]).toEqual([[], 500]);
    expect(ann.messenger.friends.listRemoved()).toEqual([]);
    expect(ann.messenger.messages.search({ query: 'old' })).toEqual([]);
    await world.clock.runFor(30);
    ann.crashAndRestart();
    expect([ann.messenger.friends.list().map(({ alias }) => alias), left()]).toEqual([['again'], 500]);
    await world.clock.runFor(1_000);
    expect([ann.store.read.friends.all().map(({ hex }) => hex), left()]).toEqual([[bob.hex], 0]);
  });

  it('is online, connecting or offline, and last seen when the link went down', async () => {
    const [ann, bob] = two();
    await befriend(ann, bob);
    const before = ann.view(bob)!;
    await world.clock.runFor(60_000);
    world.network.cut(ann.key, bob.key);
    await world.clock.runFor(10);
    const gone = ann.view(bob)!;
    expect(gone.presence).toBe('offline');
    expect(gone.lastSeen! - before.lastSeen!).toBeGreaterThanOrEqual(60_000);
    expect(ann.reports.friends.at(-1)).toMatchObject({ friend: { presence: 'offline', lastSeen: gone.lastSeen } });
    world.network.join(ann.key, bob.key);
    await world.clock.runFor(1);
    expect(ann.view(bob)!.presence).toBe('connecting');
    expect(ann.reports.friends.at(-1)).toMatchObject({ friend: { presence: 'connecting' } });
    await world.clock.runFor(100);
    expect(ann.view(bob)!.presence).toBe('online');
    await world.clock.runFor(5_000);
    await ann.restart();
    expect(ann.view(bob)!.lastSeen! - gone.lastSeen!).toBeGreaterThanOrEqual(5_000);
  });
});

it('a friend who is removed as everything ends goes for good in the next run, and nobody looks before that', async () => {
  const [ann, bob] = await world.friends();
  void ann.messenger.friends.remove({ friend: bob.hex });
  await ann.messenger.stop();
  const looked = vi.spyOn(ann.store.read.friends, 'byId');
  await world.clock.runFor(UNDO_MS);
  expect(looked).not.toHaveBeenCalled();
  ann.crashAndRestart();
  await world.clock.runFor(1_000);
  expect(ann.store.read.friends.all()).toEqual([]);
});
