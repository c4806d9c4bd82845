import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext } from './context.ts';
import { quantile, randomGapMs, sleep } from './measure.ts';

const flush = promisify(fdatasync);

/** About what a commit of one message writes. */
const WRITE_BYTES = 8_192;

/**
 * What the disk alone takes to make one small write durable, flushed as the store does: a lone message waits for one of
 * them at the receiver, while the sender's runs beside it.
 */
export async function measureDisk({ folder, results, quick }: BenchContext): Promise<void> {
  const file = openSync(join(folder.path, 'disk'), 'w');
  const bytes = new Uint8Array(WRITE_BYTES).fill(1);
  for (const [mode, gaps] of [
    ['random gaps', true],
    ['back to back', false],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i < (quick ? 50 : 200); i++) {
      if (gaps) await sleep(randomGapMs());
      const startedAt = performance.now();
      writeSync(file, bytes);
      await flush(file);
      times.push(performance.now() - startedAt);
    }
    results.put('disk_sync_ms_p50', mode, quantile(times, 0.5));
    results.put('disk_sync_ms_p99', mode, quantile(times, 0.99));
  }
  closeSync(file);
}
