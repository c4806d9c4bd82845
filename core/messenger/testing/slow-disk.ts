import type { Clock } from '../../ports/clock.ts';
import type { Flusher } from '../../ports/flusher.ts';

export interface SlowDiskParts {
  readonly clock: Clock;
  /** Time of a flush at first. */
  readonly flushMs: number;
  /** Copies the files as they are. @returns the name of the copy. */
  readonly capture: () => string;
  /** This copy is what a power cut would leave from now on. */
  readonly kept: (copy: string) => void;
}

/** A disk that takes some virtual time for a flush, and knows what a power cut would leave. */
export class SlowDisk implements Flusher {
  readonly #parts: SlowDiskParts;
  /** What flushes end with, while the disk is broken. */
  failure: Error | undefined;
  /** Time of a flush that begins now. */
  flushMs: number;

  constructor(parts: SlowDiskParts) {
    this.#parts = parts;
    this.flushMs = parts.flushMs;
  }

  flush(done: (error?: unknown) => void): void {
    const { clock, capture, kept } = this.#parts;
    const copy = capture();
    clock.after(this.flushMs, () => {
      if (this.failure !== undefined) return done(this.failure);
      kept(copy);
      done();
    });
  }

  flushNow(): void {
    if (this.failure !== undefined) throw this.failure;
    this.#parts.kept(this.#parts.capture());
  }

  lengthen(): boolean {
    return false;
  }

  close(): void {}
}
