import { expect, it } from 'vitest';
import type { Timer } from '../../ports/clock.ts';
import { type LogFields, silentLogger } from '../../ports/logger.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { LONGEST_PAUSE_MS, Refusals } from './refusals.ts';

const HOUR_MS = 3_600_000;

/** Its timers come a little late, as those of every computer. */
class LateClock extends VirtualClock {
  override after(delayMs: number, task: () => void): Timer {
    return super.after(delayMs + 2, task);
  }
}

function setUp() {
  const clock = new LateClock();
  const lines: (LogFields & { at: number })[] = [];
  const warn = (event: string, fields?: LogFields) => lines.push({ event, ...fields, at: clock.now() });
  return { clock, lines, refusals: new Refusals(clock, { ...silentLogger, warn }) };
}

it('logs the first refusal of each status at once', () => {
  const { lines, refusals } = setUp();
  refusals.note(401);
  refusals.note(403);
  expect(lines).toMatchObject([
    { event: 'host.refused', status: 401, times: 1 },
    { event: 'host.refused', status: 403, times: 1 },
  ]);
});

it('counts every one of a flood, in ever fewer lines', async () => {
  const { clock, lines, refusals } = setUp();
  const started = clock.now();
  let noted = 0;
  for (; clock.now() - started < 2 * HOUR_MS; noted++) {
    refusals.note(401);
    await clock.runFor(700);
  }
  expect(lines.length).toBeLessThan(25);
  refusals.stop();
  expect(lines.reduce((sum, { times }) => sum + Number(times), 0)).toBe(noted);
});

it('logs at once again after a long quiet', async () => {
  const { clock, lines, refusals } = setUp();
  for (let i = 0; i < 3; i++) refusals.note(401);
  await clock.runFor(2 * LONGEST_PAUSE_MS);
  expect(lines.map(({ times }) => times)).toEqual([1, 2]);
  refusals.note(401);
  expect(lines.at(-1)).toMatchObject({ times: 1, at: clock.now() });
});
