import { describe, expect, it } from 'vitest';
import type { CommandHost } from './command-host.ts';
import { CopiesUp } from './copies-up.ts';
import { aloneText, custodyRow, parseCustodyArguments } from './custody-command.ts';
import { runCustody } from './custody-experiment.ts';
import { drawCustody } from './custody-figure.ts';
import { CustodyLedger } from './custody-ledger.ts';
import { CustodyReader, readersStore } from './custody-reader.ts';
import { REPAIR_MS } from './custody-story.ts';
import type { CustodyOptions, CustodyScheme } from './custody-types.ts';
import { quantile } from './measure-overlay.ts';
import { simulate } from './simulate-command.ts';
import { timeText } from './time-text.ts';
import { VirtualClock } from './virtual-clock.ts';

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
    const times = { sessionMs: HOUR_MS / 6, awayMs: [HOUR_MS, 3 * HOUR_MS] as const };
    let [modelBytes, realBytes] = [0, 0];
    for (const seed of ['s2', 's3']) {
      const options = small('two', { nodes: 40, messages: 60, seed, ...times });
      const [model, real] = [await runCustody(options), await runCustody({ ...options, realWatching: true })];
      expect(real).toMatchObject({ lostStored: model.lostStored, doubled: 0, reordered: model.reordered });
      // Six chats looked at every hour: one more look at a copy that is just made again is a tenth.
      expect(Math.abs(real.belowTwo - model.belowTwo)).toBeLessThan(0.2);
      // Both take equally long: for one that is lost its destination waits a day.
      expect([model.lost, real.lost]).toEqual([0, 0]);
      expect(model.events).toBeLessThan(real.events / 2);
      modelBytes += model.bytesPerMessageDay;
      realBytes += real.bytesPerMessageDay;
    }
    // Of one seed it is 0.6 to 1.3.
    expect(modelBytes / realBytes).toBeGreaterThan(0.7);
    expect(modelBytes / realBytes).toBeLessThan(1.4);
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

  it('has none up only when the last two holders go within one repair interval', async () => {
    const often = { sessionMs: HOUR_MS / 40, awayMs: [HOUR_MS, 3 * HOUR_MS] as const, forGood: 0 };
    const { aloneMs } = await runCustody(small('two', { nodes: 40, messages: 60, ...often }));
    expect(aloneMs.length).toBeGreaterThan(0);
    expect(Math.max(...aloneMs)).toBeLessThan(REPAIR_MS);
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
    expect(ledger.entries.get('m1')!.arrivals).toBe(2);
    expect(() => ledger.arrived('m9', 10)).toThrow();
  });

  it('counts what stands below a later one of its chat', () => {
    const ledger = new CustodyLedger();
    ledger.read([0, 1, 2]);
    ledger.read([1, 2]);
    expect(ledger.reordered).toBe(0);
    ledger.read([2, 0, 1]);
    expect(ledger.reordered).toBe(2);
  });
});

describe('copies on computers that are up', () => {
  it('tells how long the last one was the only one, whether others went or it came alone', async () => {
    const clock = new VirtualClock();
    const gone: [name: string, aloneMs: number][] = [];
    const copies = new CopiesUp(clock, (name, aloneMs) => gone.push([name, aloneMs]));
    for (const name of ['a', 'a', 'a', 'b']) copies.came(name);
    await clock.runFor(10);
    copies.went('a');
    copies.went('a');
    await clock.runFor(5);
    copies.went('a');
    copies.came('a');
    copies.came('a');
    copies.went('b');
    await clock.runFor(1);
    copies.went('a');
    copies.went('a');
    expect(gone).toEqual([
      ['a', 5],
      ['b', 15],
      ['a', 0],
    ]);
  });

  it('count for the ledger between being stored and the arrival', () => {
    const ledger = new CustodyLedger();
    const entry = ledger.sent({ name: 'a', chat: 1, place: 0, sentAt: 0 });
    ledger.noneLeftUp('a', 1);
    entry.storedAt = 1;
    ledger.noneLeftUp('a', 2);
    ledger.noneLeftUp('a', 3);
    ledger.arrived('a', 4);
    ledger.noneLeftUp('a', 5);
    expect([ledger.aloneMs, entry.aloneMs]).toEqual([[2, 3], 3]);
  });
});

describe('the reader', () => {
  function reading() {
    const clock = new VirtualClock();
    const store = readersStore();
    const shown: [place: number, late: boolean][] = [];
    const reader = (chat: number) =>
      new CustodyReader({ store, clock, chat, shown: (place, late) => shown.push([place, late]) });
    const id = (place: number) => new Uint8Array(16).fill(place + 1);
    return { clock, store, shown, reader, id };
  }

  it('waits a moment for what was overtaken, and shows all in their order', async () => {
    const { clock, store, shown, reader, id } = reading();
    const chat = reader(1);
    const saved = [2, 1, 0].map((place) => chat.receive(id(place), place));
    chat.caughtUp();
    await clock.runUntilSettled(Promise.all(saved), 100);
    expect(shown.map(([place]) => place)).toEqual([0, 1, 2]);
    expect(chat.order()).toEqual([0, 1, 2]);
    store.close();
  });

  it('shows what comes without an earlier one, and fills that into its place when it comes late', async () => {
    const { clock, store, shown, reader, id } = reading();
    const [first, second] = [reader(1), reader(2)];
    void first.receive(id(0), 0);
    void first.receive(id(2), 2);
    first.caughtUp();
    await clock.runFor(10_000);
    expect(shown).toEqual([
      [0, false],
      [2, false],
    ]);
    void second.receive(id(5), 0);
    await first.receive(id(1), 1);
    expect(shown.slice(2)).toEqual([
      [0, false],
      [1, true],
    ]);
    expect([first.order(), second.order()]).toEqual([[0, 1, 2], [0]]);
    store.close();
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

  it('prints a row for each run, saves them and draws what was saved', async () => {
    const files = new Map<string, string>();
    let out = '';
    const host = (...args: string[]): CommandHost => ({
      args: ['custody', ...args],
      print: (text) => {
        out += text;
      },
      printError: () => {},
      now: () => 0,
      readFile: (path) => files.get(path)!,
      writeFile: (path, text) => files.set(path, text),
      endWith: () => {},
    });
    await simulate(host('--schemes', 'sender', '--messages', '500', '--session', '10m,6h', '--save', 'rows.json'));
    const rows = out;
    expect(rows).toMatch(/\| 10 min \| sender only \| - \| 500 \|.*\n\| 6 h \| sender only \| - \| 500 \|/);
    out = '';
    await simulate(host('--saved', 'rows.json', '--figure'));
    expect(out.startsWith(rows)).toBe(true);
    expect([...files.keys()]).toEqual(['rows.json', 'docs/figures/custody.svg']);
  });

  it('says how long the last copies had been alone, of the lost ones too', async () => {
    const result = { ...(await runCustody(small('sender'))), options: small('two') };
    expect(aloneText(result)).toBe('');
    const aloneMs = [2_000, 3_000, 12_000];
    expect(aloneText({ ...result, aloneMs, lostAloneMs: [2_000] })).toBe(
      "\n1 h, two intermediaries: a message's last copy up went 3 times, alone for 3 s / 12 s, at most 12 s; of the lost ones 2 s / 2 s\n",
    );
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
