import { toHex } from '../ids/bytes.ts';
import { mutated, noise } from './fuzz-mutate.ts';
import { type FuzzTarget, INPUT_LIMIT_MS } from './fuzz-target.ts';
import { SeededRandom } from './seeded-random.ts';

/** Accepted inputs kept beside the corpus, to be mutated further. */
const KEPT = 64;
/** Share of inputs that are noise. */
const NOISE = 0.05;
const ROOM_BYTES = 64;
/** A slow input is tried again so often: only one that is slow each time is to blame for it. */
const SLOW_TRIES = 3;

export interface FuzzFinding {
  readonly target: string;
  /** In hexadecimal; repeats the failure. */
  readonly input: string;
  readonly reason: string;
}

export interface FuzzReport {
  readonly target: string;
  readonly executions: number;
  readonly accepted: number;
  /** Longest time of one input, in ms. */
  readonly slowestMs: number;
  readonly finding: FuzzFinding | undefined;
}

export interface FuzzOptions {
  readonly seed: string;
  readonly now: () => number;
  /** Stops after this time in ms or this many executions, whichever comes first. */
  readonly budgetMs: number;
  readonly maxExecutions?: number;
}

/** Runs mutated inputs until the budget is spent or something is found. Equal seeds give equal inputs. */
export async function fuzzTarget(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, now, budgetMs, maxExecutions = Number.POSITIVE_INFINITY } = options;
  const random = new SeededRandom(`${seed}/${target.name}`);
  const longest = Math.max(...target.corpus.map((input) => input.length));
  const maxBytes = target.maxBytes ?? 2 * longest + ROOM_BYTES;
  const kept: Uint8Array[] = [];
  const endAt = now() + budgetMs;
  let executions = 0;
  let accepted = 0;
  let slowestMs = 0;
  let finding: FuzzFinding | undefined;
  while (finding === undefined && executions < maxExecutions && (executions === 0 || now() < endAt)) {
    const input =
      target.corpus[executions] ??
      (random.chance(NOISE) ? noise(maxBytes, random) : mutated([...target.corpus, ...kept], maxBytes, random));
    const result = await tryInput(target, input, now);
    executions++;
    slowestMs = Math.max(slowestMs, result.ms);
    if ('reason' in result) finding = { target: target.name, input: toHex(input), reason: result.reason };
    else if (result.accepted) {
      accepted++;
      if (kept.length < KEPT) kept.push(input);
      else kept[random.integer(KEPT)] = input;
    }
  }
  return { target: target.name, executions, accepted, slowestMs, finding };
}

export type TriedInput =
  | { readonly ms: number; readonly accepted: boolean }
  | { readonly ms: number; readonly reason: string };

/** Feeds one input and notes what came of it. Never rejects. */
export async function tryInput(target: FuzzTarget, input: Uint8Array, now: () => number): Promise<TriedInput> {
  const limit = target.limitMs ?? INPUT_LIMIT_MS;
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SLOW_TRIES; i++) {
    const startedAt = now();
    try {
      // A copy, so that a target that writes into its input cannot spoil the report.
      const outcome = target.run(input.slice());
      const accepted = typeof outcome === 'boolean' ? outcome : await outcome;
      ms = Math.min(ms, now() - startedAt);
      if (ms <= limit) return { ms, accepted };
    } catch (error) {
      return { ms: now() - startedAt, reason: error instanceof Error ? (error.stack ?? String(error)) : String(error) };
    }
  }
  return { ms, reason: `took ${ms.toFixed(0)} ms, at most ${limit} allowed` };
}
