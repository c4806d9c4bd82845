import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as calls from '../codec/calls.ts';
import * as constant from '../codec/constant.ts';
import * as dht from '../codec/dht.ts';
import * as endpoint from '../codec/endpoint.ts';
import * as envelope from '../codec/envelope.ts';
import * as handover from '../codec/handover.ts';
import * as lan from '../codec/lan.ts';
import * as link from '../codec/link.ts';
import * as mail from '../codec/mail.ts';
import * as messages from '../codec/messages.ts';
import * as query from '../codec/query.ts';
import * as relay from '../codec/relay.ts';
import { toHex } from '../ids/bytes.ts';
import { fuzz } from './fuzz-command.ts';
import { isLayout, LAYOUT_TARGETS } from './fuzz-layouts.ts';
import { mutated } from './fuzz-mutate.ts';
import { fuzzTarget, tryInput } from './fuzz-runner.ts';
import { readSteps, writeSteps } from './fuzz-steps.ts';
import { type FuzzTarget, must, mustBeSame } from './fuzz-target.ts';
import { allFuzzTargets } from './fuzz-targets.ts';
import { recordingHost } from './recording-host.ts';
import { SeededRandom } from './seeded-random.ts';

const now = () => performance.now();
/** Executions in the smoke test, of targets that are quick and of those that build a world each time. */
const FEW = 120;
const FEWER = 4;

let targets: readonly FuzzTarget[];
beforeAll(async () => {
  targets = await allFuzzTargets();
});

describe('everything that takes bytes from outside', () => {
  it('withstands some mutated inputs', async () => {
    for (const target of targets) {
      const maxExecutions = target.limitMs === undefined ? FEW : FEWER;
      const report = await fuzzTarget(target, { seed: 'smoke', now, budgetMs: 20_000, maxExecutions });
      expect(report.finding).toBeUndefined();
      expect(report.executions).toBe(maxExecutions);
    }
  });

  it('accepts valid inputs, so that mutation begins behind the first check', async () => {
    for (const target of targets) {
      const outcomes = await Promise.all(target.corpus.map((input) => target.run(input.slice())));
      expect(outcomes, target.name).toContain(true);
    }
  });

  it('has targets of distinct names, among them all layouts of the codec', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const exported = [
      ...[calls, constant, dht, endpoint, envelope, handover, lan, link, mail, messages, query, relay],
    ].flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) => (isLayout(value) ? [`codec.${name}`] : [])),
    );
    expect(LAYOUT_TARGETS.map(({ name }) => name).sort()).toEqual(exported.sort());
  });
});

/** Accepts texts in brackets and has a fault that only some of them show. */
const faulty: FuzzTarget = {
  name: 'faulty',
  corpus: [Uint8Array.of(1, 2, 3, 4, 5)],
  run(input) {
    if (input[0] !== 1) return false;
    must(input.length !== 3, 'three bytes');
    return true;
  },
};

describe('the runner', () => {
  const options = { seed: 'a', now, budgetMs: 5_000, maxExecutions: 5_000 };

  it('finds a fault, with an input that shows it again', async () => {
    const { finding } = await fuzzTarget(faulty, options);
    expect(finding).toMatchObject({ target: 'faulty', reason: expect.stringContaining('three bytes') });
    expect(finding!.input).toMatch(/^01.{4}$/);
  });

  it('gives equal seeds equal inputs, and other seeds others', async () => {
    const inputsOf = async (seed: string) => {
      const inputs: string[] = [];
      const target = { ...faulty, run: (input: Uint8Array) => inputs.push(toHex(input)) % 2 === 0 };
      await fuzzTarget(target, { ...options, seed, maxExecutions: 200 });
      return inputs.join();
    };
    expect(await inputsOf('a')).toBe(await inputsOf('a'));
    expect(await inputsOf('a')).not.toBe(await inputsOf('b'));
  });

  it('reports what is slow each time, and not what was slow once', async () => {
    let clock = 0;
    let slow = 1;
    const target: FuzzTarget = {
      ...faulty,
      run: () => {
        clock += slow-- > 0 ? 400 : 1;
        return true;
      },
    };
    expect(await tryInput(target, new Uint8Array(0), () => clock)).toEqual({ ms: 1, accepted: true });
    slow = 100;
    expect(await tryInput(target, new Uint8Array(0), () => clock)).toMatchObject({
      ms: 400,
      reason: expect.stringContaining('400 ms'),
    });
  });

  it('reports what a target throws or rejects, whatever it is', async () => {
    const rejecting = { ...faulty, run: () => Promise.reject(new TypeError('no such thing')) };
    expect(await tryInput(rejecting, new Uint8Array(0), now)).toMatchObject({
      reason: expect.stringContaining('no such thing'),
    });
    const throwing: FuzzTarget = { ...faulty, run: () => JSON.parse('{') };
    expect(await tryInput(throwing, new Uint8Array(0), now)).toMatchObject({ reason: expect.stringContaining('JSON') });
  });

  it('stops at the end of its time, after one input at least', async () => {
    const report = await fuzzTarget(faulty, { ...options, budgetMs: 0 });
    expect(report).toMatchObject({ executions: 1, accepted: 1, finding: undefined });
  });
});

describe('mutation', () => {
  it('keeps the length bound and leaves its pool alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1 }),
        fc.nat(80),
        fc.nat(),
        (pool, max, seed) => {
          const before = pool.map(toHex);
          for (let i = 0; i < 20; i++) {
            expect(mutated(pool, max, new SeededRandom(seed + i)).length).toBeLessThanOrEqual(max);
          }
          expect(pool.map(toHex)).toEqual(before);
        },
      ),
    );
  });
});

describe('steps', () => {
  it('come out as they went in, and any input gives some', () => {
    const step = fc.record({ flags: fc.nat(255), bytes: fc.uint8Array({ maxLength: 400 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        expect(readSteps(writeSteps(steps)).map(({ flags, bytes }) => [flags, toHex(bytes)])).toEqual(
          steps.map(({ flags, bytes }) => [flags, toHex(bytes)]),
        );
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (input) => readSteps(input).length <= 24));
  });
});

describe('the command', () => {
  async function run(args: readonly string[], over: readonly FuzzTarget[] = [faulty]) {
    const { host, told } = recordingHost(args);
    await fuzz({ ...host, now }, over);
    return told;
  }

  it('tells seed, executions and how to repeat a failure, which does', async () => {
    const told = await run(['--seconds', '5', '--seed', 'x']);
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/^seed x\n/);
    const [, input] = told.out.match(/--target 'faulty' --input ([0-9a-f]+)/)!;
    const again = await run(['--target', 'faulty', '--input', input!]);
    expect(again.code).toBe(1);
    expect(again.out).toContain('three bytes');
  });

  it('ends well when nothing was found', async () => {
    const sound = { ...faulty, run: (input: Uint8Array) => mustBeSame(input, input.slice()) === undefined };
    const told = await run(['--seconds', '0.05'], [sound, { ...sound, name: 'second' }]);
    expect(told.code).toBe(0);
    expect(told.out).toMatch(/executions of 2 targets, 0 failed/);
    expect(await run(['--target', 'second', '--input', '00'], [{ ...sound, name: 'second' }])).toMatchObject({
      out: expect.stringContaining('second: accepted'),
      code: undefined,
    });
  });

  it.each([
    ['--seconds', '0'],
    ['--seconds', 'x'],
    ['--target', 'nobody'],
    ['--input', '00'],
    ['--target', 'faulty', '--input', '0'],
    ['--target', 'fault', '--input', '00'],
    ['more'],
  ])('refuses %j %j %j %j', async (...args) => {
    expect(await run(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('npm run fuzz') });
  });

  it('lists its targets', async () => {
    expect((await run(['--list'])).out).toBe('faulty\n');
  });
});
