import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SendQueue } from './send-queue.ts';

describe('SendQueue', () => {
  it('keeps what is acknowledged out of order until all before it is', () => {
    const queue = new SendQueue();
    const [a, b, c] = [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
    for (const bytes of [a, b, c]) queue.push(bytes);
    queue.acknowledge(b);
    expect([queue.base, queue.pendingBytes]).toEqual([0, 6]);
    expect(queue.restart()).toEqual([a, b, c]);
    queue.acknowledge(b);
    queue.acknowledge(a);
    expect([queue.base, queue.pendingBytes]).toEqual([3, 3]);
    expect(queue.restart()).toEqual([c]);
  });

  it('ignores buffers it does not know and counts one written twice as two', () => {
    const queue = new SendQueue();
    const twice = new Uint8Array(4);
    queue.push(twice);
    queue.push(twice);
    queue.acknowledge(new Uint8Array(4));
    expect(queue.pendingBytes).toBe(8);
    queue.acknowledge(twice);
    expect(queue.pendingBytes).toBe(4);
    queue.acknowledge(twice);
    queue.acknowledge(twice);
    expect([queue.base, queue.pendingBytes]).toEqual([8, 0]);
  });

  it('forgets all on clear', () => {
    const queue = new SendQueue();
    queue.push(new Uint8Array(4));
    queue.clear();
    expect([queue.pendingBytes, queue.restart()]).toEqual([0, []]);
  });

  it('releases exactly the acknowledged prefix, in any order of acknowledgements', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 600 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, picks) => {
        const queue = new SendQueue();
        const buffers = lengths.map((length) => new Uint8Array(length));
        const finished: Uint8Array[] = [];
        queue.onFinished = (bytes) => finished.push(bytes);
        for (const bytes of buffers) queue.push(bytes);
        const open = buffers.map((_, i) => i);
        const done = new Set<number>();
        while (open.length > 0) {
          const [index] = open.splice(picks.next().value % Math.min(open.length, 5), 1);
          queue.acknowledge(buffers[index!]!);
          done.add(index!);
          let prefix = 0;
          let count = 0;
          for (; done.has(count); count++) prefix += lengths[count]!;
          expect([queue.base, finished.length]).toEqual([prefix, count]);
        }
        expect(finished.every((bytes, i) => bytes === buffers[i])).toBe(true);
        expect(queue.pendingBytes).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});
