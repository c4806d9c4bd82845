import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KnownContact } from './contact.ts';
import { HedgedHops } from './hedged-hops.ts';

/** Hops that do as the test says; `told` is what came of it. */
function hopsOf(count: number) {
  const open = new Map<string, { done: (acknowledged: boolean) => void; late: () => void }>();
  const asked: string[] = [];
  const told: boolean[] = [];
  const hops = Array.from({ length: count }, (_, index) => ({ name: `${index + 1}` }) as KnownContact);
  const hedged = new HedgedHops({
    hops,
    send: ({ name }, done, late) => {
      asked.push(name);
      open.set(name, { done, late });
    },
    ended: (acknowledged) => void told.push(acknowledged),
  });
  hedged.next();
  const act = (name: string, what: 'confirms' | 'fails' | 'is late') => {
    const hop = open.get(name)!;
    if (what === 'is late') return hop.late();
    open.delete(name);
    hop.done(what === 'confirms');
  };
  return { asked, told, act, open };
}

it('one that confirms is the only one', () => {
  const { asked, told, act } = hopsOf(3);
  act('1', 'confirms');
  expect([asked, told]).toEqual([['1'], [true]]);
});

it('after one that fails the next is tried, and after the last it is over', () => {
  const { asked, told, act } = hopsOf(2);
  act('1', 'fails');
  expect([asked, told]).toEqual([['1', '2'], []]);
  act('2', 'fails');
  expect([asked, told]).toEqual([['1', '2'], [false]]);
});

it('beside one that is late the next is tried, and the first word counts', () => {
  const { asked, told, act } = hopsOf(3);
  act('1', 'is late');
  expect(asked).toEqual(['1', '2']);
  act('1', 'confirms');
  act('2', 'is late');
  act('2', 'fails');
  expect([asked, told]).toEqual([['1', '2'], [true]]);
});

it('one that is late and then fails has one successor, and the other goes on', () => {
  const { asked, told, act } = hopsOf(3);
  act('1', 'is late');
  act('1', 'is late');
  act('1', 'fails');
  expect([asked, told]).toEqual([['1', '2'], []]);
  act('2', 'confirms');
  expect(told).toEqual([true]);
});

it('with none to try nothing is said', () => {
  expect(hopsOf(0).told).toEqual([]);
});

it('whatever happens, it ends once, and only when one confirmed or all that were tried have failed', () => {
  const step = fc.record({ hop: fc.nat(), what: fc.constantFrom('confirms', 'fails', 'is late') });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 30 }), (count, steps) => {
      const { asked, told, act, open } = hopsOf(count);
      let confirmed = false;
      for (const { hop, what } of steps) {
        const names = [...open.keys()];
        if (names.length === 0) break;
        act(names[hop % names.length]!, what);
        confirmed ||= what === 'confirms';
        expect(told).toEqual(confirmed ? [true] : open.size === 0 ? [false] : []);
        if (told[0] === false) expect(asked).toHaveLength(count);
      }
    }),
  );
});
