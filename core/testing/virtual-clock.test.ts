import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIMULATION_START_MS, VirtualClock, VirtualTimeout } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('runs tasks in order of time, and of planning within one time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock();
        const ran: { at: number; index: number }[] = [];
        delays.forEach((delay, index) => void clock.after(delay, () => ran.push({ at: clock.now(), index })));
        await clock.runFor(20);
        const expected = delays.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
        expect(ran).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('stands at the end of a run, and runs nothing beyond it', async () => {
    const clock = new VirtualClock();
    let late = false;
    clock.after(10.5, () => {
      late = true;
    });
    await clock.runUntil(10);
    expect([clock.now(), clock.wall(), late]).toEqual([10, SIMULATION_START_MS + 10, false]);
    await clock.runFor(1);
    expect(late).toBe(true);
  });

  it('repeats until cancelled', async () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    const timer = clock.every(10, () => {
      at.push(clock.now());
      if (at.length === 3) timer.cancel();
    });
    await clock.runFor(100);
    expect(at).toEqual([10, 20, 30]);
    expect(() => clock.every(0, () => {})).toThrow(RangeError);
  });

  it('does not run what was cancelled, and forgets it in time', async () => {
    const clock = new VirtualClock();
    let ran = 0;
    for (let i = 0; i < 20_000; i++) clock.after(1_000_000, () => ran++).cancel();
    expect(clock.waiting).toBeLessThan(10_000);
    const timer = clock.after(5, () => ran++);
    timer.cancel();
    timer.cancel();
    await clock.runFor(2_000_000);
    expect(ran).toBe(0);
  });

  it('lets async code run at the time it was woken', async () => {
    const clock = new VirtualClock();
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    const times: number[] = [];
    const walk = async (depth: number): Promise<void> => {
      await sleep(10);
      times.push(clock.now());
      if (depth > 1) await walk(depth - 1);
    };
    await clock.runUntilSettled(
      (async () => {
        await Promise.all([walk(3), walk(2)]);
        times.push(clock.now());
      })(),
      1_000,
    );
    expect(times).toEqual([10, 10, 20, 20, 30, 30]);
  });

  it('stops where a condition came true, or fails at the limit', async () => {
    const clock = new VirtualClock();
    let count = 0;
    clock.every(10, () => count++);
    await clock.runUntilTrue(() => count === 3, 1_000);
    expect(clock.now()).toBe(30);
    await expect(clock.runUntilTrue(() => count === 30, 100, 'count')).rejects.toThrow(VirtualTimeout);
    expect(clock.now()).toBe(130);
  });

  it('fails the run when an event throws', async () => {
    const clock = new VirtualClock();
    clock.after(1, () => {
      throw new Error('boom');
    });
    await expect(clock.runFor(10)).rejects.toThrow('boom');
  });

  it('takes the error of a promise it drives', async () => {
    const clock = new VirtualClock();
    const failing = new Promise<void>((_, reject) => void clock.after(5, () => reject(new Error('no'))));
    await expect(clock.runUntilSettled(failing, 100)).rejects.toThrow('no');
    await expect(clock.runUntilSettled(new Promise(() => {}), 100, 'forever')).rejects.toThrow('forever');
  });
});

describe('NodeClock', () => {
  it('has a wall clock of its own', async () => {
    const clock = new VirtualClock();
    const node = clock.node(-3_600_000);
    await clock.runFor(5);
    expect(node.wall()).toBe(SIMULATION_START_MS + 5 - 3_600_000);
    expect(node.now()).toBe(5);
  });

  it('stands still while asleep, but for the wall clock, and goes on with the time that was left', async () => {
    const clock = new VirtualClock();
    const node = clock.node();
    const ran: number[] = [];
    for (const delay of [10, 30, 100]) node.after(delay, () => ran.push(clock.now()));
    const cancelled = node.after(25, () => ran.push(-1));
    await clock.runUntil(20);
    node.sleep();
    node.sleep();
    await clock.runUntil(60);
    expect([ran, node.now(), node.wall()]).toEqual([[10], 20, SIMULATION_START_MS + 60]);
    cancelled.cancel();
    node.wake();
    node.wake();
    await clock.runUntil(200);
    expect([ran, node.now()]).toEqual([[10, 70, 140], 160]);
  });

  it('never runs a timer of a dead process', async () => {
    const clock = new VirtualClock();
    const node = clock.node();
    let ran = 0;
    node.every(10, () => ran++);
    await clock.runFor(25);
    node.halt();
    node.after(1, () => ran++);
    await clock.runFor(100);
    expect(ran).toBe(2);
  });
});
