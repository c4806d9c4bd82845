/**
 * Small files of a profile folder (key file, node list). Paths are relative to the folder the port was made for, use
 * `/`, and never contain `..`.
 */
export interface Files {
  /** The bytes, or undefined when there is no such file. @throws {FileUnusableError} on any other failure. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Atomic: temporary file, fsync, rename; mode 0600. @throws {DiskFullError}, {FileUnusableError} */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** No error when it is not there. */
  remove(path: string): Promise<void>;
  /** Removes what writes left that the end of the process interrupted. While nobody writes. @throws the host's error */
  tidy(): Promise<void>;
}

export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  constructor() {
    super('the disk is full');
  }
}

/** The system does not let us read or write a file of the data folder. */
export class FileUnusableError extends Error {
  override readonly name = 'FileUnusableError';
  /** The host's, such as EACCES; undefined where it gave none. */
  readonly code: string | undefined;

  /** @param path below the data folder @param cause the host's error */
  constructor(path: string, failed: 'read' | 'written' | 'opened', cause: unknown) {
    const code = codeOf(cause);
    super(`the file ${path} in the data folder cannot be ${failed}${code === undefined ? '' : ` (${code})`}`, {
      cause,
    });
    this.code = code;
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
