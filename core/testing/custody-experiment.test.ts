import { describe, expect, it } from 'vitest';
import type { CommandHost } from './command-host.ts';
import { custodyRow, parseCustodyArguments, timeText } from './custody-command.ts';
import { runCustody } from './custody-experiment.ts';
import { drawCustody } from './custody-figure.ts';
import { CustodyLedger } from './custody-ledger.ts';
import type { CustodyOptions, CustodyScheme } from './custody-types.ts';
import { quantile } from './measure-overlay.ts';
import { simulate } from './simulate-command.ts';

const HOUR_MS = 3_600_000;

/** The great experiment, small: seconds instead of an hour. */
function small(scheme: CustodyScheme, changes: Partial<CustodyOptions> = {}): CustodyOptions {
  const size = { nodes: 80, messages: 80, chatLength: 10, seed: 'small' };
  const times = { sessionMs: HOUR_MS, awayMs: [HOUR_MS, 6 * HOUR_MS] as const, sendingMs: HOUR_MS };
  return { ...size, ...times, scheme, forGood: 0.05, loss: 0.02, ...changes };
}

describe('the custody experiment', () => {
  it('with two intermediaries loses, doubles and reorders nothing, and is fast when the destination comes up', async () => {
    const result = await runCustody(small('two'));
    expect(result.sent).toBeGreaterThan(60);
    expect(result).toMatchObject({ lostStored: 0, doubled: 0, reordered: 0 });
    expect(quantile(result.deliveryMs, 0.99)).toBeLessThan(2_000);
    expect(result.belowTwo).toBeLessThan(0.1);
    for (const { live, all } of result.copies) expect(all).toBeGreaterThanOrEqual(live);
    expect(result.bytesPerMessageDay).toBeGreaterThan(0);
  });

  it('finds about the same whether partners are watched by the model or by real probes', async () => {
    const options = small('two', { nodes: 40, messages: 60, sessionMs: HOUR_MS / 6, awayMs: [HOUR_MS, 3 * HOUR_MS] });
    const [model, real] = [await runCustody(options), await runCustody({ ...options, realWatching: true })];
    expect(real).toMatchObject({ lostStored: model.lostStored, doubled: 0, reordered: model.reordered });
    // Six chats looked at every hour: one more look at a copy that is just made again is a tenth.
    expect(Math.abs(real.belowTwo - model.belowTwo)).toBeLessThan(0.2);
    expect(model.bytesPerMessageDay / real.bytesPerMessageDay).toBeGreaterThan(0.7);
    expect(model.bytesPerMessageDay / real.bytesPerMessageDay).toBeLessThan(1.4);
    expect(model.events).toBeLessThan(real.events / 2);
  });

  it('is the same for the same seed', async () => {
    const options = small('pipeline', { nodes: 40, messages: 20, awayMs: [HOUR_MS, 2 * HOUR_MS] });
    expect(await runCustody(options)).toEqual(await runCustody(options));
  });

  it('shows that one copy is not enough when computers leave for good', async () => {
    const ages = { sessionMs: HOUR_MS / 2, awayMs: [3 * HOUR_MS, 5 * HOUR_MS] as const };
    const harsh = { forGood: 0.7, nodes: 40, messages: 60, ...ages };
    const [root, two] = [await runCustody(small('root', harsh)), await runCustody(small('two', harsh))];
    expect(root.lost).toBeGreaterThan(two.lost);
    expect(root.withNone).toBeGreaterThan(two.withNone);
  });

  it('has senders and destinations meet by chance when nobody else keeps anything', async () => {
    const result = await runCustody(small('sender', { messages: 2_000 }));
    expect(result.lost).toBeGreaterThan(0);
    expect(result.lost + result.deliveryMs.length).toBe(result.sent);
    expect(quantile(result.deliveryMs, 0.99)).toBeGreaterThan(60_000);
  });
});

describe('the ledger', () => {
  it('counts what is shown after a later one, what comes twice, and copies by age', () => {
    const ledger = new CustodyLedger();
    for (const place of [0, 1, 2]) {
      const entry = ledger.sent({ name: `m${place}`, chat: 1, place, sentAt: 0 });
      entry.storedAt = 1;
    }
    ledger.look(
      7 * HOUR_MS,
      new Map([
        ['m0', { live: 2, all: 3 }],
        ['m1', { live: 1, all: 1 }],
      ]),
    );
    expect(ledger.copies()).toEqual([
      { ageMs: 6 * HOUR_MS, messages: 3, live: 1, all: 4 / 3, withNone: 1 / 3, belowTwo: 2 / 3 },
    ]);
    for (const name of ['m1', 'm0', 'm1', 'm2']) ledger.arrived(name, 10);
    ledger.show(['m1', 'm0']);
    expect(ledger.reordered).toBe(0);
    ledger.show(['m2']);
    ledger.show(['m0']);
    expect([ledger.reordered, ledger.entries.get('m1')!.arrivals]).toEqual([1, 2]);
  });
});

describe('the command', () => {
  it('has one run for each scheme and session time', () => {
    const parsed = parseCustodyArguments(['--schemes', 'two,root', '--session', '10m,6h', '--figure']);
    expect(parsed?.runs.map(({ scheme, sessionMs }) => [scheme, sessionMs / 60_000])).toEqual([
      ['two', 10],
      ['root', 10],
      ['two', 360],
      ['root', 360],
    ]);
    expect(parsed?.figure).toBe(true);
    expect(parsed?.runs[0]).toMatchObject({ nodes: 1_000, messages: 10_000, awayMs: [HOUR_MS, 168 * HOUR_MS] });
  });

  it.each([
    ['--schemes', 'four'],
    ['--session', '10'],
    ['--nodes', '5'],
    ['--away', '2h,1h'],
    ['--for-good', '1'],
  ])('refuses %s %s', (...args) => {
    expect(parseCustodyArguments(args)).toBeUndefined();
  });

  it('prints a row for each run and draws', async () => {
    const files = new Map<string, string>();
    let out = '';
    const host: CommandHost = {
      args: ['custody', '--schemes', 'sender', '--messages', '500', '--session', '10m,6h', '--figure'],
      print: (text) => {
        out += text;
      },
      printError: () => {},
      now: () => 0,
      writeFile: (path, text) => files.set(path, text),
      endWith: () => {},
    };
    await simulate(host);
    expect(out).toMatch(/\| 10 min \| sender only \| 500 \|.*\n\| 6 h \| sender only \| 500 \|/);
    expect([...files.keys()]).toEqual(['docs/figures/custody.svg']);
  });

  it('draws shares, and copies over age', async () => {
    const result = await runCustody(small('sender'));
    const copies = [0, 6, 24, 48].map((hours) => {
      return { ageMs: hours * HOUR_MS, messages: 5, live: 2 + hours / 48, all: 4, withNone: 0, belowTwo: 0 };
    });
    const svg = drawCustody([result, { ...result, options: small('two'), lost: 0, copies }]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('two intermediaries');
    expect(custodyRow({ ...result, options: small('two'), copies })).not.toMatch(/NaN|undefined/);
  });

  it.each([
    [12, '12 ms'],
    [1_500, '1.5 s'],
    [90_000, '1.5 min'],
    [5_400_000, '1.5 h'],
    [7 * 86_400_000, '7 d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(timeText(ms)).toBe(text);
  });
});
