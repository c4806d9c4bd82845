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
  /** Idempotent; a flush under way still ends. */
  close(): void;
}

/** Opens one for an existing file of the host. @throws the host's error */
export type OpenFlusher = (path: string) => Flusher;
