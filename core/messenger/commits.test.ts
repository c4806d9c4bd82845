import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../ports/logger.ts';
import { Store } from '../store/store.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Commits } from './commits.ts';
import { wholeDates } from './context.ts';
import { MessengerError } from './errors.ts';

describe('works of one tick', () => {
  let store: Store;
  let batches: number;
  let clock: VirtualClock;
  let commits: Commits;

  beforeEach(() => {
    store = new Store({ path: ':memory:', key: new Uint8Array(32), deviceTag: () => new Uint8Array(8), wall: () => 1 });
    batches = 0;
    const write = store.write.bind(store);
    store.write = (work) => {
      batches++;
      return write(work);
    };
    clock = new VirtualClock();
    commits = new Commits({ store, clock, logger: silentLogger }, () => {});
  });
  afterEach(() => store.close());

  /** All that follows a commit by itself is done. */
  const afterTick = () => new Promise((done) => setTimeout(done));
  const put = (name: string) => commits.run((write) => write.settings.set(name, '1'));
  const names = () => [...store.read.settings.all().keys()];

  it('share one transaction in the same tick', async () => {
    await Promise.all(['a', 'b', 'c'].map(put));
    expect(batches).toBe(1);
    await put('d');
    expect(batches).toBe(2);
    expect(names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('do not spoil each other: neither by a refusal nor by a failure', async () => {
    const refused = commits.run(() => {
      throw new MessengerError('blocked', 'no');
    });
    const results = await Promise.allSettled([put('a'), refused, put('b')]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches).toBe(1);
    const broken = commits.run((write) => write.settings.set('x'.repeat(200), '1'));
    const more = await Promise.allSettled([put('c'), broken, put('d')]);
    expect(more.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are told only when they are on the disk', async () => {
    let seen: string[] | undefined;
    commits.add(
      (write) => write.settings.set('a', '1'),
      () => {
        seen = names();
      },
    );
    expect(seen).toBeUndefined();
    await afterTick();
    expect(seen).toEqual(['a']);
  });

  it('go to the disk when what they sent has left; many of them, or while the disk is busy, at once', async () => {
    const later: (() => void)[] = [];
    const soon = (task: () => void) => ({ cancel: () => {}, at: later.push(task) });
    const flushes: (() => void)[] = [];
    store.flush = (done) => flushes.push(done);
    const own = new Commits({ store, clock: { ...wholeDates(clock), soon }, logger: silentLogger }, () => {});
    const add = (name: string) =>
      own.add(
        (write) => write.settings.set(name, '1'),
        () => {},
      );
    add('lone');
    await afterTick();
    expect([later.length, flushes.length]).toEqual([1, 0]);
    later.pop()!();
    expect(flushes).toHaveLength(1);
    add('meanwhile');
    await afterTick();
    expect(later).toEqual([]);
    flushes[0]!();
    expect(flushes).toHaveLength(2);
    flushes[1]!();
    for (let i = 0; i < 9; i++) add(`of many ${i}`);
    await afterTick();
    expect([later.length, flushes.length]).toEqual([0, 3]);
  });

  it('are told as landed when the disk failed at first and has them after all, once and in order', async () => {
    const log: string[] = [];
    let failure: Error | undefined = new Error('broken');
    store.flush = (done) => done(failure);
    const add = (name: string, lazy = false) =>
      commits.add(
        (write) => {
          write.settings.set(name, '1');
          return name;
        },
        ({ ok }) => log.push(`${name} ${ok}`),
        { lazy, landed: (value) => log.push(`${value} landed`) },
      );
    add('a');
    await afterTick();
    add('b');
    await afterTick();
    add('note', true);
    await afterTick();
    expect(log).toEqual(['a false', 'b false', 'note true']);
    failure = undefined;
    add('c');
    await afterTick();
    add('d');
    await afterTick();
    expect(log.slice(3)).toEqual(['a landed', 'b landed', 'c true', 'd true']);
  });

  it('leave room for other work when there are very many', async () => {
    const all = Promise.all(Array.from({ length: 5_000 }, (_, i) => put(String(i))));
    await clock.runFor(0);
    await all;
    expect(batches).toBe(3);
    expect(names()).toHaveLength(5_000);
  });

  it('are cut by time, and go on in order after other work', async () => {
    let time = 0;
    const slow = { ...wholeDates(clock), now: () => (time += 5) };
    const cut = new Commits({ store, clock: slow, logger: silentLogger }, () => {});
    const order: number[] = [];
    const all = Promise.all(
      Array.from({ length: 450 }, (_, i) =>
        cut.run((write) => write.settings.set(String(i), '1')).then(() => order.push(i)),
      ),
    );
    await afterTick();
    expect(names()).toHaveLength(200);
    await clock.runFor(0);
    await all;
    expect(batches).toBe(3);
    expect(order).toEqual(Array.from({ length: 450 }, (_, i) => i));
  });

  it('can be finished at once, and fail when the store is closed', async () => {
    const pending = put('a');
    commits.flush();
    expect(names()).toEqual(['a']);
    await pending;
    store.close();
    await expect(put('b')).rejects.toThrow('closed');
  });
});
