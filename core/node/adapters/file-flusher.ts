import { closeSync, fdatasync, fdatasyncSync, fstatSync, openSync, statfsSync, statSync, writeSync } from 'node:fs';
import { DiskFullError } from '../../ports/files.ts';
import type { Flusher } from '../../ports/flusher.ts';
import { isDiskFull } from './node-files.ts';

/** A disk with less than this left needs it for messages. */
const LEAST_FREE_BYTES = 64 * 2 ** 20;

/** What of the file system is used; replaced in tests to make a disk fail. */
export interface FlushCalls {
  readonly fdatasync: (handle: number, done: (error: Error | null) => void) => void;
  readonly fdatasyncSync: (handle: number) => void;
  /** @throws the host's error when there is no such file. Opens none: to close it would end the locks of SQLite. */
  readonly find: (path: string) => void;
  /** How many names the file has in its folder and others. */
  readonly names: (handle: number) => number;
  readonly freeBytes: (path: string) => number;
}

const SYSTEM: FlushCalls = {
  fdatasync,
  fdatasyncSync,
  find: statSync,
  names: (handle) => fstatSync(handle).nlink,
  freeBytes: (path) => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
};

/** Flushes with `fdatasync` on the thread pool, so that the event loop goes on while the disk works. */
export class FileFlusher implements Flusher {
  readonly #path: string;
  readonly #handle: number;
  readonly #calls: FlushCalls;
  /** Some file systems count no names. */
  readonly #countsNames: boolean;
  #running = 0;
  #closed = false;

  /** What is in the file is worth nothing without this one. */
  readonly #of: string | undefined;

  /** @throws the host's error when the file is not there */
  constructor(path: string, { of, ...calls }: Partial<FlushCalls> & { readonly of?: string } = {}) {
    this.#path = path;
    this.#of = of;
    // For writing, since Windows flushes no other handles.
    this.#handle = openSync(path, 'r+');
    this.#calls = { ...SYSTEM, ...calls };
    this.#countsNames = this.#calls.names(this.#handle) > 0;
  }

  flush(done: (error?: unknown) => void): void {
    if (this.#closed) return queueMicrotask(() => done(wasClosed()));
    this.#running++;
    this.#calls.fdatasync(this.#handle, (error) => {
      // Looked at afterwards: what was written has left by then, and does not wait for the answer.
      const failure = error ?? this.#lost();
      this.#running--;
      if (this.#closed && this.#running === 0) closeSync(this.#handle);
      if (failure === undefined) done();
      else done(meaningOf(failure));
    });
  }

  flushNow(): void {
    if (this.#closed) throw wasClosed();
    try {
      this.#calls.fdatasyncSync(this.#handle);
    } catch (error) {
      throw meaningOf(error);
    }
    const failure = this.#lost();
    if (failure !== undefined) throw failure;
  }

  lengthen(length: number, stepBytes: number): boolean {
    if (this.#closed) return false;
    try {
      const { size } = fstatSync(this.#handle);
      const bytes = Math.min(stepBytes, length - size);
      if (bytes <= 0 || this.#calls.freeBytes(this.#path) < LEAST_FREE_BYTES) return false;
      return writeSync(this.#handle, new Uint8Array(bytes), 0, bytes, size) === bytes;
    } catch {
      return false;
    }
  }

  /**
   * Somebody removed the folder or put another copy in its place: what was flushed is gone with this handle.
   * @returns the error to tell; undefined while the file is there
   */
  #lost(): unknown {
    // Whoever closed it may have removed it since.
    if (this.#closed) return undefined;
    try {
      if (this.#of !== undefined) this.#calls.find(this.#of);
      const deleted = this.#countsNames && this.#calls.names(this.#handle) === 0;
      return deleted ? new Error('the file was deleted') : undefined;
    } catch (error) {
      // What a network file system says of it (ESTALE).
      return error;
    }
  }

  /** A handle number that was closed too early could be another file's when the thread gets to it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running === 0) closeSync(this.#handle);
  }
}

function wasClosed(): Error {
  return new Error('the file was closed before');
}

function meaningOf(error: unknown): unknown {
  return isDiskFull(error) ? new DiskFullError() : error;
}
