import { expect, it } from 'vitest';
import { type NodeId, nodeId, nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook } from './contact.ts';
import { HELD_POSITIONS, HeldPayloads } from './held-payloads.ts';

const random = new SeededRandom('held payloads');
const book = new ContactBook();
const hop = (host: string) => book.of(nodeKey(random.bytes(32)), { host, port: 4_000 });
const position = () => nodeId(random.bytes(32));
const payload = (at: NodeId, first: number) => ({
  ...{ position: at, routeId: random.bytes(8), hopsLeft: 5 },
  payload: new Uint8Array(1_024).fill(first),
});
const firstBytes = (held: HeldPayloads, at: NodeId) => held.take(at).map((body) => body.payload[0]);

it('one network with many keys pushes out none of what others brought', () => {
  const held = new HeldPayloads(new VirtualClock());
  const places = Array.from({ length: 16 }, position);
  places.forEach((at, i) => {
    held.hold(payload(at, i), hop(`20.0.${i}.1`));
  });
  for (let i = 0; i < 500; i++) held.hold(payload(position(), 99), hop(`30.0.0.${i % 250}`));
  for (let i = 0; i < 500; i++) held.hold(payload(places[0]!, 99), hop(`30.0.0.${i % 250}`));
  expect(firstBytes(held, places[0]!)).toEqual([0, 99, 99, 99]);
  expect(places.slice(1).flatMap((at) => firstBytes(held, at))).toEqual(places.slice(1).map((_, i) => i + 1));
});

it('of many networks the latest are kept, a bounded number of them', () => {
  const held = new HeldPayloads(new VirtualClock());
  const places = Array.from({ length: HELD_POSITIONS + 10 }, position);
  places.forEach((at, i) => {
    held.hold(payload(at, i), hop(`20.0.${i}.1`));
  });
  for (let i = 0; i < 6; i++) held.hold(payload(places.at(-1)!, 100 + i), hop(`40.0.${i}.1`));
  expect(places.slice(0, 10).flatMap((at) => firstBytes(held, at))).toEqual([]);
  expect(firstBytes(held, places[10]!)).toEqual([10]);
  expect(firstBytes(held, places.at(-1)!)).toEqual([102, 103, 104, 105]);
});
