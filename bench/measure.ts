/** Milliseconds of a clock that all processes of this computer share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** CPU seconds of this process so far, in user code and in the kernel. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The value below which the share `q` of the samples lies; NaN without samples. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resident bytes of this process, after a garbage collection where the host allows one (`--expose-gc`). */
export function residentBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage.rss();
}

/** Memory of this process when V8 has given back what it can. */
export interface SettledMemory {
  readonly residentBytes: number;
  /** Of the heap, what is in use. */
  readonly aliveBytes: number;
}

/** V8 gives pages back a moment after a collection, on another thread. */
const GIVING_BACK_MS = 1_000;
const COLLECTIONS = 3;

/**
 * What this process needs, and not what V8 happens to hold: room for new objects and half-empty pages depend on when it
 * collected last, and make tens of megabytes. Needs `--expose-gc`.
 */
export async function settledMemory(): Promise<SettledMemory> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('memory is measured in a process with --expose-gc');
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--compact-on-every-full-gc');
  for (let i = 0; i < COLLECTIONS; i++) {
    gc();
    await sleep(GIVING_BACK_MS);
  }
  setFlagsFromString('--no-compact-on-every-full-gc');
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, aliveBytes: heapUsed };
}

/** A pause as people leave them: 1 to 61 ms. */
export function randomGapMs(): number {
  return 1 + Math.random() * 60;
}

/** Rejects with `what` when the promise takes longer. */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
