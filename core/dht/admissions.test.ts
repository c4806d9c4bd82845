import { expect, it } from 'vitest';
import { nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Admissions } from './admissions.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { KnownLeaves } from './known-leaves.ts';
import { RoutingTable } from './routing-table.ts';
import type { IncomingRequest } from './rpc.ts';

const A_MOMENT_MS = 1_000;

/** A node that knows `known` others; those it asks whether they live answer at once, if `answers` says so. */
function setUp(known: number, answers: (contact: KnownContact) => boolean = () => true) {
  const clock = new VirtualClock();
  const random = new SeededRandom('admissions');
  const book = new ContactBook();
  const key = () => nodeKey(random.bytes(32));
  const table = new RoutingTable(nodeIdOf(key()));
  const asked: KnownContact[] = [];
  const admissions = new Admissions({
    ...{ table, clock, knownLeaves: new KnownLeaves(clock) },
    running: () => true,
    entered: () => {},
    ping: (contact, done) => {
      asked.push(contact);
      if (answers(contact)) admissions.heard(contact, false, 10);
      done(answers(contact));
    },
  });
  const at = (of: ReturnType<typeof key>, port: number) => book.of(of, { host: '127.0.0.1', port });
  const contacts = Array.from({ length: known }, (_, i) => at(key(), 1_000 + i));
  for (const contact of contacts) table.heard(contact, clock.now(), 10);
  const asks = (from: KnownContact, leaf = false) => {
    const request = { from, leaf, body: { kind: 'ping', body: { token: undefined, padding: new Uint8Array(0) } } };
    admissions.consider({ ...request, budget: 0, proven: false, reply: () => {} } as IncomingRequest);
  };
  return { clock, table, asked, contacts, asks, at, key };
}

it('takes a stranger in when it answered, a moment after it asked something', async () => {
  const { clock, table, asked, asks, at, key } = setUp(10);
  const stranger = at(key(), 1);
  for (let i = 0; i < 3; i++) asks(stranger);
  expect(asked).toEqual([]);
  await clock.runFor(A_MOMENT_MS);
  expect(asked).toEqual([stranger]);
  expect(table.get(stranger.name)?.contact).toBe(stranger);
});

it('asks at once while it knows hardly anybody', () => {
  const { asked, asks, at, key } = setUp(1);
  const stranger = at(key(), 1);
  asks(stranger);
  expect(asked).toEqual([stranger]);
});

it('knows a node by its new address a moment after it came back there, and asks it nothing more', async () => {
  const { clock, table, asked, contacts, asks, at } = setUp(10);
  const moved = at(contacts[0]!.key, 9);
  asks(contacts[0]!);
  asks(moved);
  await clock.runFor(A_MOMENT_MS);
  expect(asked).toEqual([moved]);
  expect(table.get(moved.name)?.contact.endpoint.port).toBe(9);
  asks(moved);
  await clock.runFor(A_MOMENT_MS);
  expect(asked).toEqual([moved]);
});

it('keeps the address it has while nobody answers at another one: a request may be an old one', async () => {
  const { clock, table, contacts, asks, at } = setUp(10, ({ endpoint }) => endpoint.port !== 9);
  asks(at(contacts[0]!.key, 9));
  await clock.runFor(A_MOMENT_MS);
  expect(table.get(contacts[0]!.name)?.contact).toBe(contacts[0]);
});

it('takes a request for a sign of life, unless it comes from a leaf or from somewhere else', async () => {
  const { clock, table, contacts, asks, at } = setUp(10);
  const [asker, leaf, moved] = contacts;
  await clock.runFor(A_MOMENT_MS);
  asks(asker!);
  asks(leaf!, true);
  asks(at(moved!.key, 9));
  expect(table.get(asker!.name)!.askedUsAt).toBe(clock.now());
  for (const other of [leaf, moved]) expect(table.get(other!.name)!.askedUsAt).toBe(Number.NEGATIVE_INFINITY);
});
