/** Forces onto the disk what was written to one file, by whoever it was. */
export interface Flusher {
  /**
   * `done` comes once, after this call returned: without an error when everything that was in the file at this call
   * would survive a power cut. After an error another try proves nothing, since the system may have dropped what it
   * could not write. The error is a {DiskFullError} or the host's; any error after `close`.
   */
  flush(done: (error?: unknown) => void): void;
  /** The same, blocking. @throws {DiskFullError} or the host's error; any error after `close` */
  flushNow(): void;
  /**
   * Lengthens the file by zeros, `stepBytes` at most and up to `length` bytes in all, blocking. What is written there later
   * changes neither the file's length nor its place on the disk, so that to flush it takes half the time. Nobody else may
   * write to the file during the call; what is in it stays. @returns false when it was not lengthened: it is long enough,
   * or the disk has little room or failed, which is nobody's error.
   */
  lengthen(length: number, stepBytes: number): boolean;
  /** Idempotent; a flush under way still ends. */
  close(): void;
}

/** Opens one for an existing file of the host. @throws the host's error */
export type OpenFlusher = (path: string) => Flusher;
