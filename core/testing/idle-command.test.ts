import { describe, expect, it } from 'vitest';
import { type IdlePeriod, measureIdle, parseIdleArguments } from './idle-command.ts';

describe('a network in which nobody wants anything', () => {
  it('says less the longer it stands, and under 150 bytes a second a node in the end', async () => {
    const periods: IdlePeriod[] = [];
    await measureIdle({ nodes: 60, minutes: 30, seed: 'idle', people: false }, (period) => periods.push(period));
    expect(periods.map(({ to }) => to)).toEqual([1, 2, 3, 4, 6, 10, 15, 20, 30]);
    for (const { packets, bytes } of periods) expect(bytes / packets).toBeGreaterThan(60);
    const late = periods.filter(({ from }) => from >= 6);
    for (const { bytes } of late) expect(bytes).toBeLessThan(150);
    expect(late.at(-1)!.bytes).toBeLessThan(periods[0]!.bytes);
  });

  it('says under 150 bytes a second a node also where each is that of a person', async () => {
    const periods: IdlePeriod[] = [];
    await measureIdle({ nodes: 60, minutes: 45, seed: 'idle people', people: true }, (period) => periods.push(period));
    const late = periods.filter(({ from }) => from >= 15);
    const minutes = ({ from, to }: IdlePeriod) => to - from;
    const bytes = late.reduce((sum, period) => sum + period.bytes * minutes(period), 0);
    expect(bytes / late.reduce((sum, period) => sum + minutes(period), 0)).toBeLessThan(150);
  });

  it.each([
    ['--nodes', '1'],
    ['--minutes', '0.5'],
    ['--minutes', '0'],
    ['--what', '1'],
  ])('is refused with %s %s', (...args) => expect(parseIdleArguments(args)).toBeUndefined());

  it('has 200 nodes for an hour unless something else is asked for', () => {
    expect(parseIdleArguments([])).toEqual({ nodes: 200, minutes: 60, seed: 'parley', people: false });
    expect(parseIdleArguments(['--people'])).toMatchObject({ people: true });
  });
});
