import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addToxMemorySlope, GOALS } from './goals.ts';
import { formatMachine } from './machine-table.ts';
import { median, quantile, within } from './measure.ts';
import { PARTS, parseOptions } from './options.ts';
import { openPlain, sealPlain } from './plain-seal.ts';
import { Results } from './results.ts';
import { formatTable, number, verdictOf } from './table.ts';
import { BUSY_METRIC, type Moment, slowness, YARDSTICK_PEER, YARDSTICKS, type YardstickName } from './yardsticks.ts';

function yardstick(results: Results, name: YardstickName, moment: Moment, value: number): void {
  results.add({ peer: YARDSTICK_PEER, metric: YARDSTICKS[name].metric, mode: moment, value });
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-bench-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('figures', () => {
  it('are the middle ones, and the one below which a share lies', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantile([1, 2], 0.99)).toBe(2);
    expect([median([]), quantile([], 0.5)]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each([
    [0, '0'],
    [0.002653, '0.00265'],
    [58.34, '58.3'],
    [999.6, '1000'],
    [12_345.6, '12 346'],
    [1_234_567, '1 234 567'],
  ])('are shown short: %d as %s', (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe('options', () => {
  it('name parts, in the order of the table, or none for all', () => {
    expect(parseOptions([])).toEqual({ parts: PARTS, quick: false, json: false });
    expect(parseOptions(['link', '--quick', 'connect', '--json'])).toEqual({
      parts: ['connect', 'link'],
      quick: true,
      json: true,
    });
  });

  it.each([['--fast'], ['linc'], ['-h']])('refuse %s', (arg) => {
    expect(parseOptions([arg])).toBeUndefined();
  });
});

describe('verdicts', () => {
  it('say whether the goal is reached, and nothing without goal or figure', () => {
    expect(verdictOf({ better: 'lower', goal: 50 }, 50)).toBe('met');
    expect(verdictOf({ better: 'lower', goal: 50 }, 50.1)).toBe('MISSED');
    expect(verdictOf({ better: 'higher', goal: 20_000 }, 19_999)).toBe('MISSED');
    expect(verdictOf({ better: 'higher', goal: 0 }, 0)).toBe('met');
    expect(verdictOf({ better: 'higher' }, 7)).toBe('');
    expect(verdictOf({ better: 'higher', goal: 7 }, undefined)).toBe('');
  });
});

describe('the table', () => {
  const line = (results: Results, work: string) =>
    formatTable(results)
      .split('\n')
      .find((row) => row.includes(work));

  it('has a line for what was measured only, with median, range, verdict and ratio to the recorded figure', () => {
    const results = new Results(root, false);
    for (const ms of [30, 20, 100]) results.put('connect_ms', 'running processes', ms);
    expect(formatTable(results).trim().split('\n')).toHaveLength(3);
    const cells = line(results, 'two fresh nodes')!
      .split('|')
      .map((cell) => cell.trim());
    expect(cells.slice(2, 9)).toEqual([
      ...['30 (20-100) ms', 'at most 50', 'met', '', '', '9 956 (9 996), recorded', '332x'],
    ]);
  });

  it('compares with c-toxcore of the same run where it was measured', () => {
    const results = new Results(root, false);
    results.put('bulk_MBps', '', 100);
    results.add({ peer: 'toxcore', metric: 'file_transfer_MBps', mode: 'rec', value: 10 });
    results.add({ peer: 'toxcore', metric: 'file_transfer_MBps', mode: '1ms', value: 20 });
    expect(line(results, 'bulk over one link')).toMatch(/\| 10 \(20\) +\| 10x +\|/);
  });

  it('compares with hyperdht of the same run where it was measured, else shows what was recorded', () => {
    const results = new Results(root, false);
    results.put('bulk_MBps', '', 150);
    results.put('voice_one_way_ms_p99', '', 0.5);
    expect(line(results, 'bulk over one link')).toMatch(/\| 161, recorded +\|$/);
    results.add({ peer: 'hyperdht', metric: 'bulk_transfer_MBps', mode: 'open', value: 100 });
    results.add({ peer: 'hyperdht', metric: 'voice_one_way_ms_p99', mode: 'open', value: 1 });
    expect(line(results, 'bulk over one link')).toMatch(/\| 100; 1.5x +\|$/);
    expect(line(results, 'the same, p99')).toMatch(/\| 1; 2x +\|$/);
  });

  it('scales goals to what the machine does without our code, and says whether they are met there', () => {
    const results = new Results(root, false);
    results.put('bulk_MBps', '', 80);
    yardstick(results, 'long packets', 'before', 56_000);
    const cells = line(results, 'bulk over one link')!
      .split('|')
      .map((cell) => cell.trim());
    expect(cells.slice(2, 7)).toEqual(['80 MB/s', 'at least 130', 'MISSED', '65', 'met']);
    expect(line(results, 'CPU per 100 MB')).toBeUndefined();
  });

  it('leaves the place of a goal here empty where no yardstick was measured', () => {
    const results = new Results(root, false);
    results.put('bulk_MBps', '', 80);
    expect(line(results, 'bulk over one link')).toMatch(/MISSED \|\s+\|\s+\| 8\.5/);
  });

  it('says of how many packets a share is', () => {
    const results = new Results(root, false);
    results.put('voice_one_way_ms_p50', '', 0.3);
    results.put('voice_packets', '', 1_500);
    expect(line(results, 'datagram of 160 B')).toContain('one way, p50, of 1 500 |');
  });

  it('works out the memory of a further node of c-toxcore from two runs', () => {
    const results = new Results(root, false);
    results.put('memory_KB_per_further_node', '', 150);
    results.add({ peer: 'toxcore', metric: 'rss_KB', mode: '50 nodes', value: 20_000 });
    results.add({ peer: 'toxcore', metric: 'rss_KB', mode: '200 nodes', value: 110_000 });
    addToxMemorySlope(results);
    expect(line(results, 'memory of a further node')).toMatch(/\| 600 +\| 4x +\|/);
  });

  it('has one line for each work', () => {
    const names = GOALS.map(({ metric, mode }) => `${metric} ${mode}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the machine', () => {
  it('is as many times slower as a yardstick took longer or did less, on the mean of before and after', () => {
    const results = new Results(root, false);
    expect(slowness(results, ['round trip p50'])).toBeUndefined();
    yardstick(results, 'round trip p50', 'before', 0.355);
    yardstick(results, 'round trip p50', 'after', 3 * 0.355);
    yardstick(results, 'short packets', 'after', 132_600 / 4);
    expect(slowness(results, ['round trip p50'])).toBeCloseTo(2);
    expect(slowness(results, ['short packets'])).toBeCloseTo(4);
  });

  it('adds up the times of work that is done one after the other', () => {
    const results = new Results(root, false);
    yardstick(results, 'round trip p50', 'before', 0.355);
    expect(slowness(results, ['round trip p50', 'commit'])).toBeUndefined();
    yardstick(results, 'commit', 'before', 0.355 + 2 * 0.407);
    expect(slowness(results, ['round trip p50', 'commit'])).toBeCloseTo(2);
  });

  it('gives no ratio for what nobody recorded', () => {
    const results = new Results(root, false);
    yardstick(results, 'node', 'before', 40);
    expect(slowness(results, ['node'])).toBeUndefined();
    expect(formatMachine(results)).toMatch(/node with an empty script *\| *\| *40 ms *\| *\| *\|/);
  });

  it('is shown before and after, with a warning when it changed or was busy', () => {
    const results = new Results(root, false);
    expect(formatMachine(results)).toBe('');
    yardstick(results, 'short packets', 'before', 100_000);
    yardstick(results, 'short packets', 'after', 90_000);
    yardstick(results, 'round trip p99', 'before', 1);
    yardstick(results, 'round trip p99', 'after', 3);
    expect(formatMachine(results)).not.toContain('WARNING');
    expect(formatMachine(results)).toMatch(/100 B *\| 132 600 per s *\| 100 000 per s *\| 90 000 per s *\| 1\.4x /);
    yardstick(results, 'commit', 'before', 2);
    yardstick(results, 'commit', 'after', 1);
    results.add({ peer: YARDSTICK_PEER, metric: BUSY_METRIC, mode: 'after', value: 30 });
    const warnings = formatMachine(results).match(/^WARNING.*$/gm);
    expect(warnings).toEqual([
      expect.stringContaining('one message a commit'),
      expect.stringContaining('30 % of the processors after'),
    ]);
  });

  it('is one for whose yardsticks there are records where a goal goes by them', () => {
    const names = GOALS.flatMap(({ scale }) => scale ?? []);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(YARDSTICKS[name].recorded).toBeGreaterThan(0);
  });

  it('seals and opens as we do, and opens nothing else', () => {
    const sealed = sealPlain(Uint8Array.of(1, 2, 3));
    expect([...openPlain(sealed)]).toEqual([1, 2, 3]);
    sealed[0]! ^= 1;
    expect(() => openPlain(sealed)).toThrow();
  });
});

describe('results', () => {
  it('are written as JSON lines, rounded to four digits', () => {
    const results = new Results(root, false);
    results.put('a', 'b', 1.23456789);
    expect(readFileSync(results.file, 'utf8')).toBe('{"peer":"parley","metric":"a","mode":"b","value":1.235}\n');
    expect(results.value('a', 'b')).toBe(1.23456789);
    expect(results.value('a', 'c')).toBeUndefined();
  });
});

describe('within', () => {
  it('passes on what comes in time, and rejects what does not', async () => {
    expect(await within(1_000, 'x', Promise.resolve(7))).toBe(7);
    await expect(within(1_000, 'x', Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(within(1, 'the thing', new Promise(() => {}))).rejects.toThrow('the thing: not within');
  });
});
