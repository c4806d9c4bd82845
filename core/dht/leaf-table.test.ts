import { describe, expect, it } from 'vitest';
import { PASS_BYTES } from '../codec/limits.ts';
import { type NodeId, nodeId, nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { TOKEN_LIFE_MS } from './address-proof.ts';
import { ContactBook, type KnownContact } from './contact.ts';
import { LEAVES_PER_POSITION, LeafTable, POSITIONS } from './leaf-table.ts';

const random = new SeededRandom('leaf table');
const book = new ContactBook();
const leaf = (host = '127.0.0.1') => book.of(nodeKey(random.bytes(32)), { host, port: 1_000 });
const position = () => nodeId(random.bytes(32));
const self = position();
const NO_PASS = new Uint8Array(PASS_BYTES);
/** Without a pass, as somebody registers who is not there yet. */
const enter = (table: LeafTable, here: NodeId, contact: KnownContact, lifetimeMs: number) =>
  table.register(here, contact, { lifetimeMs, pass: NO_PASS }).outcome;
/** One that shares so many first bits with the node's ID. */
const near = (bits: number) => {
  const at = position();
  for (let bit = 0; bit <= bits; bit++) {
    const mask = 0x80 >> (bit % 8);
    const same = bit < bits;
    const own = self[bit >> 3]! & mask;
    at[bit >> 3] = (at[bit >> 3]! & ~mask) | (same ? own : own ^ mask);
  }
  return at;
};

describe('LeafTable', () => {
  it('holds several leaves at one position and forgets each when its time is over', async () => {
    const clock = new VirtualClock();
    const table = new LeafTable(clock, random, self);
    const [here, first, second] = [position(), leaf(), leaf()];
    enter(table, here, first, 1_000);
    enter(table, here, second, 5_000);
    expect(table.leavesAt(here)).toEqual([first, second]);
    await clock.runFor(2_000);
    expect(table.leavesAt(here)).toEqual([second]);
    expect(table.leavesAt(position())).toEqual([]);
  });

  it('takes a leaf back on request, and only that one', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const [here, first, second] = [position(), leaf(), leaf()];
    const { pass } = table.register(here, first, { lifetimeMs: 1_000, pass: NO_PASS });
    enter(table, here, second, 1_000);
    expect(table.register(here, first, { lifetimeMs: 0, pass }).outcome).toBe('done');
    expect(table.leavesAt(here)).toEqual([second]);
  });

  it('changes and ends a registration by the pass of the last reply only, and by each pass once', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const here = position();
    const before = leaf();
    const moved = book.of(before.key, { host: '127.0.0.2', port: 1_000 });
    const { pass } = table.register(here, before, { lifetimeMs: 1_000, pass: NO_PASS });
    const next = table.register(here, moved, { lifetimeMs: 1_000, pass });
    for (const old of [NO_PASS, pass])
      for (const lifetimeMs of [0, 1_000])
        expect(table.register(here, before, { lifetimeMs, pass: old })).toEqual({ outcome: 'stale', pass: next.pass });
    expect(table.leavesAt(here)).toEqual([moved]);
    table.register(here, moved, { lifetimeMs: 0, pass: next.pass });
    expect(table.leavesAt(here)).toEqual([]);
  });

  it('knows the pass in force of a registration, and for ten minutes of one that is over', async () => {
    const clock = new VirtualClock();
    const table = new LeafTable(clock, random, self);
    const [here, one, other] = [position(), leaf(), leaf()];
    const { pass } = table.register(here, one, { lifetimeMs: 1_000, pass: NO_PASS });
    await clock.runFor(1_000 + TOKEN_LIFE_MS - 1);
    expect(table.passOf(here, one)).toEqual(pass);
    expect(table.register(here, one, { lifetimeMs: 1_000, pass: NO_PASS })).toEqual({ outcome: 'stale', pass });
    expect(table.passOf(here, other)).toBeUndefined();
    await clock.runFor(1);
    expect(table.passOf(here, one)).toBeUndefined();
  });

  it('refuses more leaves than a person has devices, but renews those it has', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const here = position();
    const first = leaf();
    const { pass } = table.register(here, first, { lifetimeMs: 1_000, pass: NO_PASS });
    for (let i = 1; i < LEAVES_PER_POSITION; i++) expect(enter(table, here, leaf(), 1_000)).toBe('done');
    expect(enter(table, here, leaf(), 1_000)).toBe('full');
    expect(table.register(here, first, { lifetimeMs: 1_000, pass }).outcome).toBe('done');
  });

  it('leaves room for others when one public network wants all places', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const here = position();
    const taken = Array.from({ length: LEAVES_PER_POSITION }, () => enter(table, here, leaf('203.0.113.5'), 1_000));
    expect(taken.filter((outcome) => outcome === 'done').length).toBeLessThan(LEAVES_PER_POSITION);
    expect(enter(table, here, leaf('198.51.100.5'), 1_000)).toBe('done');
  });

  it('full, takes a position that is closer to this node in place of the farthest one, and no other', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const [far, place] = [near(2), near(9)];
    for (let i = 1; i < POSITIONS; i++) enter(table, near(3 + (i % 4)), leaf(), 60_000);
    expect(enter(table, far, leaf(), 60_000)).toBe('done');
    expect(enter(table, near(1), leaf(), 60_000)).toBe('full');
    expect(enter(table, near(2), leaf(), 60_000)).toBe('full');
    expect(table.leavesAt(far)).toHaveLength(1);
    expect(enter(table, place, leaf(), 60_000)).toBe('done');
    expect(table.leavesAt(place)).toHaveLength(1);
    expect(table.leavesAt(far)).toHaveLength(0);
    expect(table.positions).toBe(POSITIONS);
  });

  it('full, lets one public network with many keys and close positions push out nobody else', () => {
    const table = new LeafTable(new VirtualClock(), random, self);
    const others = Array.from({ length: 100 }, (_, i) => ({ at: near(2), contact: leaf(`20.0.${i}.1`) }));
    for (const { at, contact } of others) expect(enter(table, at, contact, 60_000)).toBe('done');
    for (let i = 0; i < POSITIONS + 100; i++) enter(table, near(20), leaf(`203.0.113.${i % 250}`), 60_000);
    expect(others.filter(({ at }) => table.leavesAt(at).length === 0)).toEqual([]);
    expect(enter(table, near(1), leaf('198.51.100.5'), 60_000)).toBe('done');
    expect(enter(table, near(30), leaf('203.0.113.5'), 60_000)).toBe('full');
    expect(table.positions).toBe(POSITIONS);
  });

  it('full, has room again when registrations are over', async () => {
    const clock = new VirtualClock();
    const table = new LeafTable(clock, random, self);
    for (let i = 0; i < POSITIONS; i++) enter(table, near(1), leaf(), 60_000);
    expect(enter(table, near(1), leaf(), 60_000)).toBe('full');
    await clock.runFor(60_000);
    expect(enter(table, near(1), leaf(), 60_000)).toBe('done');
    expect(table.positions).toBe(1);
  });
});
