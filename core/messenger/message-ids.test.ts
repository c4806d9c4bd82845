import { expect, it } from 'vitest';
import { toHex } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { SIMULATION_START_MS, VirtualClock } from '../testing/virtual-clock.ts';
import { MessageIds } from './message-ids.ts';

it('begins with the time and never repeats', async () => {
  const clock = new VirtualClock();
  const ids = new MessageIds(clock, new SeededRandom(1));
  const first = Array.from({ length: 1_000 }, () => toHex(ids.next()));
  expect(new Set(first).size).toBe(1_000);
  for (const id of first) expect(id.slice(0, 12)).toBe(SIMULATION_START_MS.toString(16).padStart(12, '0'));
  await clock.runFor(5);
  expect(toHex(ids.next()) > first[0]!).toBe(true);
});
