import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeMessageFrame, type Receipt, type SeqRange } from '../codec/messages.ts';
import { messageId } from '../ids/bytes.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { makeEnvelope } from '../relay/envelope.ts';
import { MessageTable } from '../store/message-table.ts';
import { homeOf } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { writeMail } from './mail/letters.ts';
import { type Person, World } from './testing/people.ts';

/** In one receipt: each of them all there is. */
const RANGES = 64;
const MESSAGES = 100;
const random = new SeededRandom('receipts');
const all = (count: number): SeqRange[] => Array.from({ length: count }, () => ({ first: 1, last: 2 ** 40 }));

let world: World;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(testDisk(), { mail: true });
  [ann, bob] = await world.friends();
});
afterEach(() => {
  vi.restoreAllMocks();
  world.close();
});

/** @returns how many numbers were looked up meanwhile, in all */
async function lookedUp(work: () => Promise<void>): Promise<number> {
  const settle = vi.spyOn(MessageTable.prototype, 'settle');
  await work();
  const numbers = settle.mock.calls.map(([{ first, last }]) => Math.max(0, last - first + 1));
  settle.mockRestore();
  return numbers.reduce((sum, count) => sum + count, 0);
}

async function tellOverLink(receipt: Receipt): Promise<void> {
  ann.links
    .linkDouble(bob.key)!
    .channel(1)
    .send(encodeMessageFrame({ kind: 'receipt', body: receipt }));
  await world.clock.runFor(100);
}

async function tellByMail(receipt: Receipt): Promise<void> {
  const body = { kind: 'receipt', body: { device: bob.store.deviceTag, ...receipt } } as const;
  const to = { profile: bob.key, oneTimeKey: undefined };
  const mail = writeMail({ identity: ann.identity, random }, to, { writtenAt: 1, handover: undefined, body })!;
  world.carriers!.inject(makeEnvelope({ destination: homeOf(bob.identity.profile), copies: 2, body: mail }));
  await world.clock.runFor(1_000);
}

it('a friend who says again and again that all arrived makes nothing be looked up again', async () => {
  for (let i = 0; i < MESSAGES; i++) await bob.send(ann, `${i}`);
  await world.clock.runFor(1_000);
  const once = await lookedUp(() => tellOverLink({ delivered: all(1), read: all(1) }));
  expect(once).toBeGreaterThan(0);
  expect(bob.lines(ann).at(-1)).toBe(`out ${MESSAGES - 1}: read`);
  const often = await lookedUp(async () => {
    for (let i = 0; i < 5; i++) await tellOverLink({ delivered: all(RANGES), read: all(RANGES) });
  });
  expect(often).toBe(0);
  await bob.send(ann, 'later');
  await world.clock.runFor(1_000);
  await tellOverLink({ delivered: [], read: all(RANGES) });
  expect(bob.lines(ann).at(-1)).toBe('out later: read');
});

it('nor does one who says so in one receipt, over a link or by mail', async () => {
  bob.store.batch((write) => {
    const friend = write.friends.byHex(ann.hex)!.id;
    for (let i = 0; i < MESSAGES; i++) {
      const { seq } = write.messages.addOutgoing({ friend, messageId: messageId(random.bytes(16)), text: '', at: 1 });
      write.messages.settle({ friend, first: seq!, last: seq!, state: 'delivered' });
    }
  });
  for (const tell of [tellOverLink, tellByMail]) {
    const numbers = await lookedUp(() => tell({ delivered: all(RANGES), read: all(RANGES) }));
    expect(numbers).toBeLessThanOrEqual(4 * MESSAGES);
  }
  expect(bob.lines(ann).at(-1)).toBe('out : read');
});
