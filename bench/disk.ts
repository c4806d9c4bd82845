import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext } from './context.ts';
import { quantile, randomGapMs, sleep } from './measure.ts';

const flush = promisify(fdatasync);

/** About what a commit of one message writes. */
const WRITE_BYTES = 8_192;

export interface FlushOptions {
  readonly folder: BenchContext['folder'];
  readonly count: number;
  /** Pauses of random length in between, in place of one write after another. */
  readonly gaps: boolean;
  /** The same bytes of a file again and again, in place of making it longer. */
  readonly overwrites: boolean;
}

/** What the disk alone takes to make one small write durable, flushed as the store does: ms of each. */
export async function flushTimes({ folder, count, gaps, overwrites }: FlushOptions): Promise<number[]> {
  const file = openSync(join(folder.path, 'disk'), 'w');
  const bytes = new Uint8Array(WRITE_BYTES).fill(1);
  const write = () => writeSync(file, bytes, 0, WRITE_BYTES, overwrites ? 0 : null);
  write();
  await flush(file);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    if (gaps) await sleep(randomGapMs());
    const startedAt = performance.now();
    write();
    await flush(file);
    times.push(performance.now() - startedAt);
  }
  closeSync(file);
  return times;
}

/** A lone message waits for one flush, the sender's, while it is on its way. */
export async function measureDisk({ folder, results, quick }: BenchContext): Promise<void> {
  for (const [mode, gaps] of [
    ['random gaps', true],
    ['back to back', false],
  ] as const) {
    const times = await flushTimes({ folder, count: quick ? 50 : 200, gaps, overwrites: false });
    results.put('disk_sync_ms_p50', mode, quantile(times, 0.5));
    results.put('disk_sync_ms_p99', mode, quantile(times, 0.99));
  }
}
