import { describe, expect, it } from 'vitest';
import { nodeId, nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook } from './contact.ts';
import { LEAVES_PER_POSITION, LeafTable, POSITIONS } from './leaf-table.ts';

const random = new SeededRandom('leaf table');
const book = new ContactBook();
const leaf = (host = '127.0.0.1') => book.of(nodeKey(random.bytes(32)), { host, port: 1_000 });
const position = () => nodeId(random.bytes(32));
const self = position();
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
    const table = new LeafTable(clock, self);
    const [here, first, second] = [position(), leaf(), leaf()];
    table.register(here, first, 1_000);
    table.register(here, second, 5_000);
    expect(table.leavesAt(here)).toEqual([first, second]);
    await clock.runFor(2_000);
    expect(table.leavesAt(here)).toEqual([second]);
    expect(table.leavesAt(position())).toEqual([]);
  });

  it('takes a leaf back on request, and only that one', () => {
    const table = new LeafTable(new VirtualClock(), self);
    const [here, first, second] = [position(), leaf(), leaf()];
    table.register(here, first, 1_000);
    table.register(here, second, 1_000);
    table.unregister(here, first);
    expect(table.leavesAt(here)).toEqual([second]);
  });

  it('refuses more leaves than a person has devices, but renews those it has', () => {
    const table = new LeafTable(new VirtualClock(), self);
    const here = position();
    const leaves = Array.from({ length: LEAVES_PER_POSITION }, () => leaf());
    for (const one of leaves) expect(table.register(here, one, 1_000)).toBe(true);
    expect(table.register(here, leaf(), 1_000)).toBe(false);
    expect(table.register(here, leaves[0]!, 1_000)).toBe(true);
  });

  it('leaves room for others when one public network wants all places', () => {
    const table = new LeafTable(new VirtualClock(), self);
    const here = position();
    const taken = Array.from({ length: LEAVES_PER_POSITION }, () => table.register(here, leaf('203.0.113.5'), 1_000));
    expect(taken.filter((accepted) => accepted).length).toBeLessThan(LEAVES_PER_POSITION);
    expect(table.register(here, leaf('198.51.100.5'), 1_000)).toBe(true);
  });

  it('full, takes a position that is closer to this node in place of the farthest one, and no other', () => {
    const table = new LeafTable(new VirtualClock(), self);
    const [far, place] = [near(2), near(9)];
    for (let i = 1; i < POSITIONS; i++) table.register(near(3 + (i % 4)), leaf(), 60_000);
    expect(table.register(far, leaf(), 60_000)).toBe(true);
    expect(table.register(near(1), leaf(), 60_000)).toBe(false);
    expect(table.register(near(2), leaf(), 60_000)).toBe(false);
    expect(table.leavesAt(far)).toHaveLength(1);
    expect(table.register(place, leaf(), 60_000)).toBe(true);
    expect(table.leavesAt(place)).toHaveLength(1);
    expect(table.leavesAt(far)).toHaveLength(0);
    expect(table.positions).toBe(POSITIONS);
  });

  it('full, has room again when registrations are over', async () => {
    const clock = new VirtualClock();
    const table = new LeafTable(clock, self);
    for (let i = 0; i < POSITIONS; i++) table.register(near(1), leaf(), 60_000);
    expect(table.register(near(1), leaf(), 60_000)).toBe(false);
    await clock.runFor(60_000);
    expect(table.register(near(1), leaf(), 60_000)).toBe(true);
    expect(table.positions).toBe(1);
  });
});
