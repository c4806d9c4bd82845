import { describe, expect, it } from 'vitest';
import { nameOf } from '../dht/contact.ts';
import type { KeptRow } from '../store/relay-cache.ts';
import { cacheCompliance } from './cache-compliance.ts';
import { MemoryCacheDisk } from './memory-cache.ts';
import { VirtualClock } from './virtual-clock.ts';

const ROW: KeptRow = {
  id: new Uint8Array(16).fill(1),
  destination: new Uint8Array(32),
  copies: 2,
  size: 1,
  expiresAt: 1,
  stranger: false,
  source: 's',
};

describe('a cache in memory', () => {
  it.each(cacheCompliance)('$rule', async ({ run }) => {
    const disk = new MemoryCacheDisk();
    await run({
      open: () => disk.open(),
      kill: () => disk.crash(),
      fill: () => {
        disk.full = true;
      },
    });
  });

  it('takes time to commit when it is told so, and a computer that crashes meanwhile has lost the change', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryCacheDisk();
    const cache = disk.open({ clock, commitMs: 5 });
    const saved: number[] = [];
    cache.put(ROW, Uint8Array.of(1));
    void cache.saved().then(() => saved.push(clock.now()));
    await clock.runFor(4);
    expect(saved).toEqual([]);
    await clock.runFor(1);
    expect(saved).toEqual([5]);
    cache.delete(ROW.id);
    void cache.saved().then(() => saved.push(clock.now()));
    await clock.runFor(4);
    disk.crash();
    await clock.runFor(100);
    expect(saved).toEqual([5]);
    expect([...disk.open().rows()]).toEqual([ROW]);
  });

  it('tells when an envelope comes and goes, and when a crash takes that back', () => {
    const disk = new MemoryCacheDisk();
    const changes: boolean[] = [];
    disk.onChange = (name, isHere) => {
      expect(name).toBe(nameOf(ROW.id));
      changes.push(isHere);
    };
    const cache = disk.open();
    cache.delete(ROW.id);
    cache.put(ROW, Uint8Array.of(1));
    cache.put(ROW, Uint8Array.of(2));
    cache.delete(ROW.id);
    cache.put(ROW, Uint8Array.of(3));
    expect(changes).toEqual([true, false, true]);
    disk.crash();
    // In reverse: what was put twice was here before the second time.
    expect(changes.at(-1)).toBe(false);
    expect(disk.envelopes.size).toBe(0);
  });

  it('tells what a crash would leave while changes wait for their commit', async () => {
    const disk = new MemoryCacheDisk();
    const cache = disk.open();
    const name = nameOf(ROW.id);
    cache.put(ROW, Uint8Array.of(1));
    expect(disk.hasSaved(name)).toBe(false);
    await cache.saved();
    expect(disk.hasSaved(name)).toBe(true);
    cache.delete(ROW.id);
    cache.put(ROW, Uint8Array.of(2));
    cache.delete(ROW.id);
    expect(disk.hasSaved(name)).toBe(true);
    await cache.saved();
    expect(disk.hasSaved(name)).toBe(false);
    cache.put(ROW, Uint8Array.of(3));
    disk.crash();
    expect(disk.hasSaved(name)).toBe(false);
  });

  it('belongs to one process: a dead one changes nothing any more', async () => {
    const disk = new MemoryCacheDisk();
    const old = disk.open();
    const cache = disk.open();
    old.put(ROW, Uint8Array.of(1));
    await cache.saved();
    expect([...cache.rows()]).toEqual([]);
  });
});
