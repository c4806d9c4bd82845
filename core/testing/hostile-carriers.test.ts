import { describe, expect, it } from 'vitest';
import { HOSTILITIES } from './hostile-carriers.ts';
import { measureHostile, parseHostileArguments } from './hostile-command.ts';

describe('hostile carriers', () => {
  it('of all kinds do not keep most messages from arriving, and change and double none', async () => {
    const result = await measureHostile({
      nodes: 40,
      share: 0.2,
      copies: 2,
      messages: 40,
      seed: 'test',
      awayMs: 60_000,
    });
    expect(result.sent).toBe(40);
    // What is lost had liars as first hops on all ways.
    expect(result.lostSenderGone + result.lostSenderStays).toBeLessThanOrEqual(5);
    expect(result.doubled).toBe(0);
  });

  it.each(HOSTILITIES)('that %s are really there: they are found out, or cost messages or time', async (kind) => {
    const options = { nodes: 24, copies: 2, messages: 50, seed: 'a', awayMs: 60_000, kinds: [kind] };
    const honest = await measureHostile({ ...options, share: 0 });
    const hostile = await measureHostile({ ...options, share: 0.45 });
    expect(honest.lostSenderGone + honest.lostSenderStays).toBe(0);
    const lost = hostile.lostSenderGone + hostile.lostSenderStays;
    expect(honest.foundOut).toBe(0);
    // Whoever only replays does no harm.
    if (kind === 'replay') expect(lost + hostile.foundOut).toBe(0);
    else expect(lost + hostile.sent - hostile.stored + hostile.foundOut).toBeGreaterThan(0);
    expect(hostile.doubled).toBe(0);
  });

  it('are asked for by the command', () => {
    expect(parseHostileArguments(['--share', '0.05,0.2'])?.map(({ share }) => share)).toEqual([0.05, 0.2]);
    for (const wrong of [
      ['--share', '0.6'],
      ['--copies', '9'],
      ['--nodes', 'x'],
    ]) {
      expect(parseHostileArguments(wrong)).toBeUndefined();
    }
  });
});
