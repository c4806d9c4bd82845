import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAX_HANDED_KEYS } from '../../codec/handover.ts';
import { testDisk } from '../../node/testing/test-disk.ts';
import { type Person, World } from '../testing/people.ts';

const FLUSH_MS = 50;

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(FLUSH_MS), { mail: true });
  [ann, bob] = await world.friends();
  await world.clock.runFor(2_000);
  world.network.cut(ann.key, bob.key);
  bob.crash();
  await world.clock.runFor(2_000);
});

afterEach(() => world.close());

/** Writes numbered texts, one every so often, until the network keeps them. @returns the texts */
async function write(count: number, everyMs: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, i) => `${i}`);
  const sent: Promise<unknown>[] = [];
  for (const text of texts) {
    sent.push(ann.send(bob, text));
    await world.clock.runFor(everyMs);
  }
  await world.clock.runFor(3_000);
  await Promise.all(sent);
  expect(ann.lines(bob)).toEqual(texts.map((text) => `out ${text}: stored`));
  return texts;
}

it('messages that are written while others are sealed are gathered for one envelope as well', async () => {
  await write(50, 20);
  expect(world.carriers!.seen.length).toBeLessThanOrEqual(5);
});

it('letters that came in any order wait for the disk together, not one after another', async () => {
  const texts = await write(12, 1_000);
  expect(world.carriers!.seen).toHaveLength(texts.length);
  ann.crash();
  bob.crashAndRestart();
  await world.clock.runFor(5 * FLUSH_MS);
  expect(bob.reports.received.flatMap(({ messages }) => messages.map(({ text }) => text))).toEqual(texts);
});

it('who lost keys hands others over the link, also when the friend says sooner what they have than the disk is done', async () => {
  bob.crashAndRestart();
  const friendOf = (person: Person, other: Person) => person.store.read.friends.byHex(other.hex)!.id;
  const keysOfBob = () => ann.store.read.mailKeys.peerKeyCount(friendOf(ann, bob));
  const before = keysOfBob();
  bob.store.batch((write) => write.mailKeys.setCapability(friendOf(bob, ann), { acceptDue: true }));
  ann.disk!.flushMs = 1;
  bob.disk!.flushMs = 300;
  world.network.join(ann.key, bob.key);
  await world.clock.runFor(2_000);
  expect(keysOfBob()).toBe(before + MAX_HANDED_KEYS);
});
