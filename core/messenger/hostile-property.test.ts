import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  encodeMessageDatagram,
  encodeMessageFrame,
  MAX_SEQ,
  type MessageDatagram,
  type MessageFrame,
} from '../codec/messages.ts';
import { testDisk } from '../node/testing/test-disk.ts';
import { World } from './testing/people.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const seq = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(MAX_SEQ, MAX_SEQ / 2, MAX_SEQ - 1));
const range = fc.tuple(seq, seq).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const text = fc.string({ unit: 'binary', maxLength: 20 });
const id = fc.constantFrom(1, 2, 3).map((n) => new Uint8Array(16).fill(n));
const message = fc.record({ id, seq, sentAt: fc.nat(), text });
const frame: fc.Arbitrary<MessageFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('messages' as const),
    body: fc.record({ messages: fc.array(message, { maxLength: 5 }) }),
  }),
  fc.record({
    kind: fc.constant('receipt' as const),
    body: fc.record({ delivered: fc.array(range, { maxLength: 4 }), read: fc.array(range, { maxLength: 4 }) }),
  }),
  fc.record({ kind: fc.constant('typing' as const), body: fc.record({ on: fc.boolean() }) }),
  fc.record({ kind: fc.constant('name' as const), body: fc.record({ name: text }) }),
  fc.record({
    kind: fc.constant('hello' as const),
    body: fc.record({
      version: fc.integer({ min: 1, max: 255 }),
      capabilities: fc.nat(),
      device: bytes(8),
      name: text,
      known: fc.array(fc.record({ device: bytes(8), receivedUpTo: seq, readUpTo: seq }), { maxLength: 3 }),
      extension: fc.uint8Array({ maxLength: 9 }),
    }),
  }),
);
const datagram: fc.Arbitrary<MessageDatagram> = fc.record({
  kind: fc.constant('written' as const),
  body: fc.record({ messages: range }),
});
const anything = fc.uint8Array({ maxLength: 60 });
const input = fc.oneof(
  fc.record({ sealed: fc.constant('frame' as const), bytes: fc.oneof(frame.map(encodeMessageFrame), anything) }),
  fc.record({
    sealed: fc.constant('datagram' as const),
    bytes: fc.oneof(datagram.map(encodeMessageDatagram), anything),
  }),
);

it('takes any frames and datagrams without failing, stores each message once, and goes on working', async () => {
  const world = new World(testDisk());
  try {
    const [ann, bob] = await world.friends();
    const link = ann.links.linkDouble(bob.key)!;
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(input, { maxLength: 12 }), async (inputs) => {
        for (const { sealed, bytes } of inputs) {
          if (sealed === 'frame') link.channel(1).send(bytes.slice());
          else link.sendDatagram(2, bytes.slice());
        }
        await world.clock.runFor(50);
        const ours = `ours ${++number}`;
        const theirs = `theirs ${number}`;
        await Promise.all([bob.send(ann, ours), ann.send(bob, theirs)]);
        await world.clock.runFor(50);
        expect(ann.chat(bob).some((row) => row.text === ours && row.direction === 'in')).toBe(true);
        const chat = bob.chat(ann);
        expect(chat.filter((row) => row.text === theirs)).toHaveLength(1);
        const forged = chat.filter((row) => /^(01){16}|^(02){16}|^(03){16}/.test(row.id));
        expect(new Set(forged.map((row) => row.id)).size).toBe(forged.length);
        expect(bob.view(ann)!.presence).toBe('online');
      }),
      { numRuns: 60 },
    );
    expect(bob.store.verify()).toEqual([]);
  } finally {
    world.close();
  }
});
