import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDisk } from '../../node/testing/test-disk.ts';
import { type Person, World } from '../testing/people.ts';

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
  await run(500);
});

afterEach(() => world.close());

const run = (ms: number) => world.clock.runFor(ms);
const neverMeet = () => world.network.cut(ann.key, bob.key);
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

/** Restored from a backup, which says who his friends are and where, with mail of Ann from before. The two never meet. */
async function bobComesBackToMail(): Promise<void> {
  neverMeet();
  const backup = bob.store.read.friends.all();
  bob.crash();
  await ann.send(bob, 'from before');
  await run(10_000);
  ann.crash();
  bob.restartEmpty();
  bob.store.batch((write) => {
    for (const friend of backup) write.friends.add(friend);
  });
  bob.crashAndRestart();
}

describe('somebody who lost the database', () => {
  it('and asks a friend of before is answered by mail and reads theirs, though the two never meet', async () => {
    neverMeet();
    bob.crash();
    await ann.send(bob, 'from before');
    await run(10_000);
    ann.crash();
    bob.restartEmpty();
    await bob.messenger.friends.add({ publicId: ann.publicId, alias: 'Ann' });
    await run(10_000);
    await bobGoesAnnComes();
    await ann.send(bob, 'from now');
    await run(10_000);
    await annGoesBobComes();
    expect(bob.view(ann)).toMatchObject({ state: 'friend' });
    expect(bob.lines(ann)).toEqual(['in from before: received', 'in from now: received']);
    await bob.send(ann, 'here I am');
    await run(10_000);
    bob.crash();
    ann.setInviteTag(new Uint8Array(4).fill(9));
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toContain('in here I am: received');
  });

  it('knows where a friend of before is who answered by mail, whatever their invite tag', async () => {
    neverMeet();
    ann.crash();
    bob.restartEmpty();
    await bob.messenger.friends.add({ publicId: ann.publicId, alias: 'Ann' });
    await run(10_000);
    await bobGoesAnnComes();
    ann.setInviteTag(new Uint8Array(4).fill(9));
    await annGoesBobComes();
    expect(bob.store.read.friends.all()[0]!.home).toEqual(ann.identity.homeSecret);
  });

  it('reads the mail of a friend whom they met since', async () => {
    bob.restartEmpty();
    await bob.messenger.friends.add({ publicId: ann.publicId, alias: 'Ann' });
    await run(5_000);
    expect(ann.view(bob)).toMatchObject({ presence: 'online' });
    neverMeet();
    bob.crash();
    await run(100);
    await ann.send(bob, 'while you were away');
    await run(10_000);
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in while you were away: received']);
  });

  it('reads, restored from a backup, the mail of a friend who had theirs, that which waited too', async () => {
    await bobComesBackToMail();
    await bob.send(ann, 'I am back');
    await run(10_000);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toContain('in I am back: received');
    await ann.send(bob, 'from now');
    await run(10_000);
    await annGoesBobComes();
    expect(bob.lines(ann).filter((line) => line.startsWith('in'))).toEqual([
      'in from before: received',
      'in from now: received',
    ]);
  });
});

describe('somebody who came back from a backup', () => {
  it('and writes nothing reads the mail of a friend, though the two never meet', async () => {
    await bobComesBackToMail();
    await run(10_000);
    await bobGoesAnnComes();
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in from before: received']);
  });
});

describe('somebody who removed a friend', () => {
  it('and asks them again is answered by mail', async () => {
    neverMeet();
    ann.crash();
    await run(100);
    await bob.messenger.friends.remove({ friend: ann.hex });
    await bob.messenger.friends.add({ publicId: ann.publicId });
    await run(10_000);
    await bobGoesAnnComes();
    await annGoesBobComes();
    expect(bob.view(ann)).toMatchObject({ state: 'friend' });
  });

  it('and takes that back answers the request that came meanwhile', async () => {
    neverMeet();
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const)
      await one.messenger.friends.remove({ friend: other.hex });
    bob.messenger.friends.add({ publicId: ann.publicId });
    await run(100);
    expect(ann.messenger.friends.listRequests()).toHaveLength(1);
    bob.crash();
    await ann.messenger.friends.undoRemove({ friend: bob.hex });
    await run(10_000);
    await annGoesBobComes();
    expect(bob.view(ann)).toMatchObject({ state: 'friend' });
  });
});

describe('a friend who was removed', () => {
  it('is heard, also what they wrote meanwhile, when that is taken back, though the two never meet', async () => {
    neverMeet();
    await ann.messenger.friends.remove({ friend: bob.hex });
    await bob.send(ann, 'are you there?');
    await run(10_000);
    // It came, and was dropped.
    expect(world.carriers!.held.filter(({ body }) => body.length > 848)).toEqual([]);
    bob.crash();
    await ann.messenger.friends.undoRemove({ friend: bob.hex });
    await run(10_000);
    await annGoesBobComes();
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toEqual(['in are you there?: received']);
  });
});

describe('somebody who was blocked', () => {
  it('and asks again, having removed the friend, is answered by mail when they are unblocked, though the two never meet', async () => {
    neverMeet();
    await ann.messenger.friends.block({ friend: bob.hex });
    ann.crash();
    await bob.messenger.friends.remove({ friend: ann.hex });
    await bob.messenger.friends.add({ publicId: ann.publicId });
    await run(10_000);
    await bobGoesAnnComes();
    // The request came, and was dropped.
    expect(world.carriers!.held).toEqual([]);
    await ann.messenger.friends.unblock({ friend: bob.hex });
    await ann.send(bob, 'let us talk');
    await run(10_000);
    await annGoesBobComes();
    expect(bob.view(ann)).toMatchObject({ state: 'friend' });
    expect(bob.lines(ann)).toEqual(['in let us talk: received']);
    await bob.send(ann, 'gladly');
    await run(10_000);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toContain('in gladly: received');
  });

  it('and noticed nothing goes on as before when they are unblocked, though the two never meet', async () => {
    neverMeet();
    await ann.messenger.friends.block({ friend: bob.hex });
    await ann.messenger.friends.unblock({ friend: bob.hex });
    await ann.send(bob, 'hello again');
    await run(10_000);
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in hello again: received']);
    await bob.send(ann, 'hello');
    await run(10_000);
    await bobGoesAnnComes();
    expect(ann.lines(bob)).toContain('in hello: received');
  });
});

it.each([
  ['blocked', 'block', 'unblock'],
  ['removed', 'remove', 'undoRemove'],
] as const)(
  'what was read of a friend who was %s is told when that is undone, though the two never meet',
  async (_, away, back) => {
    neverMeet();
    const { id } = await bob.send(ann, 'hello');
    await run(10_000);
    await ann.messenger.messages.markRead({ friend: bob.hex, upTo: id });
    await ann.messenger.friends[away]({ friend: bob.hex });
    await run(10_000);
    await ann.messenger.friends[back]({ friend: bob.hex });
    await run(20_000);
    expect(bob.lines(ann)).toEqual(['out hello: read']);
  },
);

describe('what waits in the network for somebody', () => {
  let id: string;
  beforeEach(async () => {
    neverMeet();
    bob.crash();
    ({ id } = await ann.send(bob, 'are you there?'));
    await run(10_000);
  });

  it.each([
    ['blocked', 'block', 'unblock'],
    ['removed', 'remove', 'undoRemove'],
  ] as const)('who is %s is kept there anew when that is undone', async (_, away, back) => {
    await ann.messenger.friends[away]({ friend: bob.hex });
    await run(10_000);
    world.carriers!.loseAll();
    await ann.messenger.friends[back]({ friend: bob.hex });
    await run(10_000);
    expect(ann.chat(bob)).toMatchObject([{ id, state: 'stored', custody: { holders: 2 } }]);
    await annGoesBobComes();
    expect(bob.lines(ann)).toEqual(['in are you there?: received']);
  });

  it('who is blocked is reported as looked after no more', async () => {
    await ann.messenger.friends.block({ friend: bob.hex });
    await run(100);
    expect(ann.chat(bob)).toMatchObject([{ id, custody: null }]);
    expect(ann.reports.changed.at(-1)).toMatchObject({ friend: bob.hex, messages: [{ id, custody: null }] });
  });
});
