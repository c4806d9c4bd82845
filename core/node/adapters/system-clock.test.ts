import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SystemClock } from './system-clock.ts';

describe('timers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('after fires once, at its time', () => {
    const task = vi.fn();
    new SystemClock().after(50, task);
    vi.advanceTimersByTime(49);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(task).toHaveBeenCalledTimes(1);
  });

  test('every fires until it is cancelled', () => {
    const task = vi.fn();
    const timer = new SystemClock().every(10, task);
    vi.advanceTimersByTime(35);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(100);
    expect(task).toHaveBeenCalledTimes(3);
  });

  test('a cancelled after does not fire', () => {
    const task = vi.fn();
    new SystemClock().after(10, task).cancel();
    vi.advanceTimersByTime(100);
    expect(task).not.toHaveBeenCalled();
  });

  test('a delay beyond what the host takes does not fire at once', () => {
    const task = vi.fn();
    new SystemClock().after(2 ** 40, task);
    vi.advanceTimersByTime(1_000_000);
    expect(task).not.toHaveBeenCalled();
  });

  test('a negative or infinite delay is held within bounds', () => {
    const task = vi.fn();
    new SystemClock().after(-5, task);
    new SystemClock().after(Number.POSITIVE_INFINITY, task);
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledTimes(1);
  });
});

describe('soon', () => {
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
  };

  test('comes after the turn of the loop that follows this one', async () => {
    const order: string[] = [];
    new SystemClock().soon(() => order.push('soon'));
    queueMicrotask(() => order.push('microtask'));
    setImmediate(() => order.push('immediate'));
    await turns(3);
    expect(order).toEqual(['microtask', 'immediate', 'soon']);
  });

  test('does not come when it was cancelled, be it a turn later', async () => {
    const task = vi.fn();
    const clock = new SystemClock();
    clock.soon(task).cancel();
    const late = clock.soon(task);
    await turns(1);
    late.cancel();
    late.cancel();
    await turns(3);
    expect(task).not.toHaveBeenCalled();
  });
});

test('monotonic time does not go back, wall time is the date', () => {
  const clock = new SystemClock();
  const first = clock.now();
  expect(clock.now()).toBeGreaterThanOrEqual(first);
  expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(1000);
});

test('timers of a clock that keeps nothing alive let the process end', () => {
  const held = (keepAlive: boolean) => {
    const unref = vi.spyOn(Object.getPrototypeOf(setTimeout(() => {}, 0)), 'unref');
    const clock = new SystemClock({ keepAlive });
    clock.after(1000, () => {}).cancel();
    clock.every(1000, () => {}).cancel();
    const calls = unref.mock.calls.length;
    unref.mockRestore();
    return calls;
  };
  expect(held(false)).toBe(2);
  expect(held(true)).toBe(0);
});
