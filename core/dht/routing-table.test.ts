import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeKey } from '../ids/bytes.ts';
import { commonPrefixLength, compareDistance } from '../ids/xor.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { ContactBook, type KnownContact, nodeIdOf } from './contact.ts';
import { IP_GROUP_PER_BUCKET, K, MAX_FAILURES, RoutingTable } from './routing-table.ts';

const book = new ContactBook();
const random = new SeededRandom('routing table');

function contact(host = '127.0.0.1', port = 1 + Math.floor(random.uniform() * 60_000)): KnownContact {
  return book.of(nodeKey(random.bytes(32)), { host, port });
}

function filledTable(count: number): { table: RoutingTable; contacts: KnownContact[] } {
  const table = new RoutingTable(nodeIdOf(nodeKey(random.bytes(32))));
  const contacts = Array.from({ length: count }, () => contact());
  for (const one of contacts) table.heard(one, 0, 1);
  return { table, contacts };
}

describe('RoutingTable', () => {
  it('keeps every node in the bucket of its common prefix, at most K in each', () => {
    const { table } = filledTable(500);
    for (const { index, entries } of table.occupied()) {
      expect(entries.length).toBeLessThanOrEqual(K);
      for (const entry of entries) expect(commonPrefixLength(table.self, entry.contact.id)).toBe(index);
    }
  });

  it('returns the closest nodes it holds, in order, for any target', () => {
    const { table } = filledTable(300);
    const held = [...table.entries()].map((entry) => entry.contact);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 1, max: 20 }), (bytes, count) => {
        const target = nodeIdOf(nodeKey(bytes));
        const expected = [...held].sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, count);
        expect(table.closest(target, count)).toEqual(expected);
      }),
    );
  });

  it('never evicts a live node for a new one', () => {
    const { table, contacts } = filledTable(400);
    const before = [...table.entries()].map((entry) => entry.contact);
    for (const one of contacts) table.heard(one, 1, 1);
    expect([...table.entries()].map((entry) => entry.contact)).toEqual(before);
  });

  it('names the node that was checked longest ago when a bucket is full', () => {
    const { table } = filledTable(400);
    const { index, entries } = table.occupied()[0]!;
    const stale = entries[3]!;
    for (const entry of entries) entry.checkedAt = 10;
    stale.checkedAt = 5;
    let late: KnownContact;
    do late = contact();
    while (table.bucketIndex(late.id) !== index);
    expect(table.heard(late, 20, 1)).toEqual({ admitted: false, oldest: stale });
  });

  it('drops a node after the second request in a row without an answer, and not before', () => {
    const { table, contacts } = filledTable(5);
    const [one] = contacts;
    for (let i = 1; i < MAX_FAILURES; i++) expect(table.failed(one!.name, 1)).toBe(false);
    table.heard(one!, 2, 1);
    for (let i = 1; i < MAX_FAILURES; i++) expect(table.failed(one!.name, 3)).toBe(false);
    expect(table.failed(one!.name, 4)).toBe(true);
    expect(table.get(one!.name)).toBeUndefined();
  });

  it('admits few nodes of one public network to a bucket, any number from loopback', () => {
    const table = new RoutingTable(nodeIdOf(nodeKey(random.bytes(32))));
    for (let i = 0; i < 200; i++) table.heard(contact(`203.0.113.${i % 250}`), 0, 1);
    for (const { entries } of table.occupied()) expect(entries.length).toBeLessThanOrEqual(IP_GROUP_PER_BUCKET);
    expect(table.size).toBeLessThanOrEqual(10);
    expect(filledTable(200).table.size).toBeGreaterThan(60);
  });

  it('replaces the address of a node that answers from another one', () => {
    const table = new RoutingTable(nodeIdOf(nodeKey(random.bytes(32))));
    const key = nodeKey(random.bytes(32));
    table.heard(book.of(key, { host: '127.0.0.1', port: 1 }), 0, 1);
    table.heard(book.of(key, { host: '127.0.0.1', port: 2 }), 1, 1);
    expect([...table.entries()].map((entry) => entry.contact.endpoint.port)).toEqual([2]);
  });

  it('smooths the round-trip time by an eighth', () => {
    const { table, contacts } = filledTable(1);
    table.heard(contacts[0]!, 1, 9);
    expect(table.get(contacts[0]!.name)!.rttMs).toBe(2);
  });
});
