import { DiskFullError, type Files } from '../ports/files.ts';

/** A profile folder in memory. Survives the simulated crash of its node: hand it to the restarted one. */
export class MemoryFiles implements Files {
  /** While true, writes fail with {DiskFullError} and change nothing. */
  full = false;
  readonly #files = new Map<string, Uint8Array>();

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.#files.get(checked(path))?.slice();
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    checked(path);
    if (this.full) throw new DiskFullError();
    this.#files.set(path, bytes.slice());
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(checked(path));
  }

  /** Writes here are whole. */
  async tidy(): Promise<void> {}

  /** Names of all files, sorted. */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }
}

/** @throws {RangeError} for a path the port forbids: a bug of ours. */
function checked(path: string): string {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) throw new RangeError(`bad path ${path}`);
  return path;
}
