import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './measure.ts';

/** One line of the results: the same form as the other peers' programs print. */
export interface Sample {
  readonly peer: 'parley' | 'toxcore' | 'hyperdht' | 'plain node';
  readonly metric: string;
  readonly mode: string;
  readonly value: number;
}

/** Samples of a run: kept, written to bench/results as JSON lines, and shown as they come. */
export class Results {
  readonly file: string;
  readonly #samples = new Map<string, number[]>();
  readonly #echo: boolean;

  constructor(root: string, echo: boolean) {
    const folder = join(root, 'bench/results');
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
    this.#echo = echo;
    writeFileSync(this.file, '');
  }

  add(sample: Sample): void {
    const rounded = { ...sample, value: Number(sample.value.toPrecision(4)) };
    const key = keyOf(sample.peer, sample.metric, sample.mode);
    this.#samples.set(key, [...(this.#samples.get(key) ?? []), sample.value]);
    const line = `${JSON.stringify(rounded)}\n`;
    appendFileSync(this.file, line);
    if (this.#echo) process.stdout.write(line);
  }

  /** A figure of ours. */
  put(metric: string, mode: string, value: number): void {
    this.add({ peer: 'parley', metric, mode, value });
  }

  samples(metric: string, mode: string, peer: Sample['peer'] = 'parley'): readonly number[] {
    return this.#samples.get(keyOf(peer, metric, mode)) ?? [];
  }

  /** Median of the samples; undefined when it was not measured. */
  value(metric: string, mode: string, peer: Sample['peer'] = 'parley'): number | undefined {
    const samples = this.samples(metric, mode, peer);
    return samples.length === 0 ? undefined : median(samples);
  }
}

function keyOf(...parts: readonly string[]): string {
  return parts.join(' | ');
}
