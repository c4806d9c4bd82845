import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunningNode } from './headless.ts';
import { type EndableProcess, endOnSignals } from './process-end.ts';

class FakeProcess extends EventEmitter implements EndableProcess {
  env: Record<string, string> = {};
  ppid = 10;
  readonly exit = vi.fn();
  readonly stdout = { on: vi.fn(), write: vi.fn((_: string, taken: () => void) => taken()) };
  readonly stderr = { on: vi.fn(), write: vi.fn() };
}

function setup(env: Record<string, string> = {}) {
  const host = new FakeProcess();
  host.env = env;
  let stopped = () => {};
  const stop = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        stopped = resolve;
      }),
  );
  const node: RunningNode = { stop, release: vi.fn() };
  return { host, end: endOnSignals(host), node, stop, finish: () => stopped() };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the first signal', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s ends cleanly', async (signal) => {
    const { host, end, node, finish } = setup();
    end.owner(node);
    host.emit(signal);
    expect(host.exit).not.toHaveBeenCalled();
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(host.exit.mock.calls).toEqual([[0]]);
  });

  test('during the start ends the node as soon as it is up', async () => {
    const { host, end, node, stop, finish } = setup();
    host.emit('SIGTERM');
    expect(host.exit).not.toHaveBeenCalled();
    end.owner(node);
    expect(stop).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(host.exit.mock.calls).toEqual([[0]]);
  });

  test('gives up a stop that takes too long', async () => {
    const { host, end, node } = setup();
    end.owner(node);
    host.emit('SIGTERM');
    vi.advanceTimersByTime(2_800);
    expect(host.exit.mock.calls).toEqual([[1]]);
  });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a second signal (%s) ends at once', (signal, code) => {
  const { host, end, node, stop } = setup();
  end.owner(node);
  host.emit('SIGTERM');
  vi.advanceTimersByTime(600);
  host.emit(signal);
  expect(host.exit.mock.calls).toEqual([[code]]);
  expect(stop).toHaveBeenCalledTimes(1);
});

test('a signal that npm passes on once more does not count as a second one', () => {
  const { host, end, node, stop } = setup();
  end.owner(node);
  host.emit('SIGINT');
  vi.advanceTimersByTime(20);
  host.emit('SIGINT');
  expect(host.exit).not.toHaveBeenCalled();
  expect(stop).toHaveBeenCalledTimes(1);
});

test('the end of the parent that started us with a channel ends us too', () => {
  const { host, end, node, stop } = setup();
  end.owner(node);
  host.emit('disconnect');
  expect(stop).toHaveBeenCalledTimes(1);
});

test('a node that npm runs ends when npm is killed; another one may outlive its shell', () => {
  const underNpm = setup({ npm_lifecycle_event: 'node' });
  const other = setup();
  for (const { host, end, node } of [underNpm, other]) {
    end.owner(node);
    vi.advanceTimersByTime(1_000);
    host.ppid = 1;
    vi.advanceTimersByTime(5_000);
  }
  expect(underNpm.stop).toHaveBeenCalledTimes(1);
  expect(other.stop).not.toHaveBeenCalled();
});

describe('an error nobody caught', () => {
  test.each(['uncaughtException', 'unhandledRejection'])('(%s) is named and ends the process', async (event) => {
    const { host, end, node, finish } = setup();
    end.owner(node);
    host.emit(event, new TypeError('secret text'));
    host.emit(event, 'secret text');
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(host.stderr.write.mock.calls).toEqual([
      ['parley: internal error (TypeError)\n'],
      ['parley: internal error (string)\n'],
    ]);
    expect(host.exit.mock.calls).toEqual([[1]]);
  });
});

test('at exit the data folder is let go, whatever came before', () => {
  const { host, end, node } = setup();
  host.emit('exit');
  end.owner(node);
  host.emit('exit');
  expect(node.release).toHaveBeenCalledTimes(1);
});

test('a reader that went away is no reason to end', () => {
  const { host } = setup();
  for (const stream of [host.stdout, host.stderr]) {
    const [event, listener] = stream.on.mock.calls[0] ?? [];
    expect(event).toBe('error');
    listener();
  }
  expect(host.exit).not.toHaveBeenCalled();
});

test('an end before the start waits for what was printed', () => {
  const { host, end } = setup();
  end.with(2);
  expect(host.stdout.write).toHaveBeenCalledTimes(1);
  expect(host.exit.mock.calls).toEqual([[2]]);
});
