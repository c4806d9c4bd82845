import { expect, it } from 'vitest';
import { PASS_BYTES } from '../codec/limits.ts';
import { nodeId, nodeKey } from '../ids/bytes.ts';
import { DropCounter } from '../net/transport.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook, type KnownContact } from './contact.ts';
import { LeafTable } from './leaf-table.ts';
import { RegisterDesk } from './register-desk.ts';
import { Router, type RouterOptions } from './router.ts';
import type { IncomingRequest } from './rpc.ts';

const random = new SeededRandom('many keys');
const book = new ContactBook();
const clock = new VirtualClock();
const self = nodeId(random.bytes(32));
const leaves = new LeafTable(clock, random, self);
const asks = (from: KnownContact) => ({ from, proven: true, reply: () => {} }) as unknown as IncomingRequest;

/** One owner's nodes: with an address each of one IPv6 network, or all with one IPv4 address. */
const ofOneOwner = ['2a00:db8:1::', '20.0.0.1'].map((host, version) =>
  Array.from({ length: 1_000 }, (_, i) =>
    book.of(nodeKey(random.bytes(32)), { host: version === 0 ? `${host}${(i + 1).toString(16)}` : host, port: 1 + i }),
  ),
);

it.each(ofOneOwner.map((nodes) => ({ nodes })))('many keys of one owner have few signatures checked', ({ nodes }) => {
  const drops = new DropCounter();
  const desk = new RegisterDesk({ leaves, clock, random, drops, leaf: () => false, came: () => {} });
  const [claimKey, signature] = [random.bytes(32), random.bytes(64)];
  const body = { claimKey, signature, lifetimeS: 60, pass: new Uint8Array(PASS_BYTES) };
  for (const from of nodes) desk.answer(asks(from), body as never);
  expect(drops.get('register-bad-signature')).toBe(500);
  expect(drops.get('register-rate-limited')).toBe(500);
});

it.each(ofOneOwner.map((nodes) => ({ nodes })))('many keys of one owner have few ways back remembered', ({ nodes }) => {
  const drops = new DropCounter();
  const table = { self, size: 0, closest: () => [], get: () => undefined } as unknown as RouterOptions['table'];
  const options = { leaves, clock, random, drops, table, leaf: () => false, joining: () => false, arrived: () => {} };
  const router = new Router(options as unknown as RouterOptions);
  const position = nodeId(random.bytes(32));
  for (const from of nodes) {
    router.onRoute(asks(from), { position, routeId: random.bytes(8), hopsLeft: 0, payload: new Uint8Array(1_024) });
  }
  expect(drops.get('route-rate-limited')).toBe(600);
});
