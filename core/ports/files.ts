/**
 * Small files of a profile folder (key file, node list). Paths are relative to the folder the port was made for, use
 * `/`, and never contain `..`.
 */
export interface Files {
  /** The bytes, or undefined when there is no such file. @throws on any other failure. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Atomic: temporary file, fsync, rename; mode 0600. @throws {DiskFullError} or the host's error. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** No error when it is not there. */
  remove(path: string): Promise<void>;
}

export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  constructor() {
    super('the disk is full');
  }
}
