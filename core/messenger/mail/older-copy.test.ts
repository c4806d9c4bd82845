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
const meet = () => world.network.join(ann.key, bob.key);
const part = () => world.network.cut(ann.key, bob.key);
/** One of the two is up, the other one not. */
async function onlyUp(here: Person, away: Person): Promise<void> {
  away.crash();
  here.crashAndRestart();
  await run(60_000);
}

/** First the one is up while the other is away, then the other, `times` in all. */
async function inTurn(first: Person, second: Person, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (i % 2 === 0 ? onlyUp(first, second) : onlyUp(second, first));
}
const received = (person: Person, from: Person) => person.lines(from).filter((line) => line.startsWith('in'));

/** Ann's mail uses up most of the keys that Bob's copy knows, so that he hands out others over the link. */
async function changeKeys(): Promise<void> {
  part();
  for (let i = 0; i < 40; i++) {
    await ann.send(bob, `used ${i}`);
    await run(5_000);
  }
  meet();
  await run(2_000);
}

describe('an older copy of the database', () => {
  it('gets what was sealed to keys that it never had, though the two never meet again', async () => {
    const backup = bob.backUp();
    await changeKeys();
    expect(received(bob, ann)).toHaveLength(40);
    part();
    for (let i = 0; i < 30; i++) {
      // Those of before are used up, and each message is an envelope of its own.
      bob.crash();
      await ann.send(bob, `waits ${i}`);
      await run(5_000);
    }
    ann.crash();
    bob.restore(backup);
    await run(60_000);
    await inTurn(ann, bob, 4);
    expect(received(bob, ann).slice(-30)).toEqual(Array.from({ length: 30 }, (_, i) => `in waits ${i}: received`));
    await inTurn(ann, bob, 3);
    expect(ann.lines(bob).filter((line) => !line.endsWith('delivered'))).toEqual([]);
  });

  it('reads the mail that comes after a meeting', async () => {
    const backup = bob.backUp();
    await changeKeys();
    bob.restore(backup);
    await run(2_000);
    await bob.send(ann, 'I am back');
    await run(2_000);
    part();
    for (let i = 0; i < 40; i++) {
      await ann.send(bob, `by mail ${i}`);
      await run(5_000);
    }
    expect(received(bob, ann)).toEqual(Array.from({ length: 40 }, (_, i) => `in by mail ${i}: received`));
  });

  it('gets what comes after a meeting, when mail told before that it lacks keys', async () => {
    const backup = bob.backUp();
    await changeKeys();
    part();
    bob.crash();
    for (let i = 0; i < 30; i++) {
      await ann.send(bob, `waits ${i}`);
      await run(5_000);
    }
    ann.crash();
    bob.restore(backup);
    await run(1_000);
    bob.crash();
    meet();
    ann.crashAndRestart();
    bob.crashAndRestart();
    await run(5_000);
    expect(received(bob, ann)).toHaveLength(30);
    part();
    bob.crash();
    for (let i = 0; i < 64; i++) {
      await ann.send(bob, `later ${i}`);
      await run(5_000);
    }
    await onlyUp(bob, ann);
    // Besides fresh keys Ann has some of those that Bob lacks.
    await inTurn(ann, bob, 2);
    expect(received(bob, ann)).toHaveLength(94);
  });

  it('is heard, though it seals to keys that were used before', async () => {
    const backup = bob.backUp();
    part();
    for (let i = 0; i < 10; i++) {
      await bob.send(ann, `forgotten ${i}`);
      await run(5_000);
    }
    expect(received(ann, bob)).toHaveLength(10);
    ann.crash();
    bob.restore(backup);
    for (let i = 0; i < 10; i++) {
      await bob.send(ann, `new ${i}`);
      await run(5_000);
    }
    await inTurn(ann, bob, 3);
    expect(received(ann, bob).slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => `in new ${i}: received`));
    await onlyUp(bob, ann);
    expect(bob.lines(ann).filter((line) => !line.endsWith('delivered'))).toEqual([]);
  });
});
